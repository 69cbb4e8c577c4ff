#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lifeline/time/clock.hpp"

namespace lifeline::ledger {

/// How often a standing order pays.
enum class interval : std::uint8_t { day, week, month };

std::string_view to_string(interval i) noexcept;
std::optional<interval> parse_interval(std::string_view text) noexcept;

/// When a standing order pays, in UTC: at the time of day of `first_at`, and every week on its day
/// of the week or every month on its day of the month. A month that is too short pays on its last
/// day, and the next long one on the day of `first_at` again: each time is computed from the first
/// one and its place, never from the one before. A pure value.
struct standing_schedule {
  interval every = interval::month;
  wall_time first_at{};
  std::optional<wall_time> last_at = {};  ///< the last time at which an occurrence may be due

  /// Due time of the occurrence at `place`, counted from 0; empty if the schedule is over before it
  /// (after `last_at`, or after the year 9999).
  std::optional<wall_time> at(std::uint64_t place) const noexcept;

  friend bool operator==(const standing_schedule&, const standing_schedule&) = default;
};

}  // namespace lifeline::ledger
