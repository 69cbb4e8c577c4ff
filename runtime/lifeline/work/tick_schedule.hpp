#pragma once

#include <cstdint>
#include <optional>

#include "lifeline/time/clock.hpp"

namespace lifeline {

/// The pure core of a ticker: when the next round is due. Regular rounds are due at `start + k ·
/// period`, k = 0, 1, 2 …, however long the rounds take, so they never drift. Rounds missed because
/// a round took longer or the process slept are skipped, never made up for.
///
/// A round may also be requested for a calendar time. It begins at that time, but not before
/// `pause` has passed since the end of the last round: otherwise a round that requests a past time
/// would loop. Only the earliest request is kept; the round it leads to makes the next request. A
/// request never moves the regular rounds.
///
/// The calendar clock may be set, and it runs while the machine sleeps, which the steady clock may
/// not do. So the time left until a request is recomputed every `look_every`.
class tick_schedule {
 public:
  static constexpr duration look_every = std::chrono::seconds(1);

  /// Throws `std::invalid_argument` unless `period` is above zero.
  tick_schedule(time_point start, duration period, duration pause);

  /// Whether a round should begin.
  bool is_due(time_point now, wall_time wall) const noexcept;
  /// When to call `is_due` again.
  time_point next_look(time_point now, wall_time wall) const noexcept;
  /// A round begins and covers everything due by now. Returns the number of regular rounds skipped.
  std::uint64_t begin(time_point now, wall_time wall) noexcept;
  /// The round has ended. Returns the number of regular rounds missed meanwhile; one due exactly
  /// now is not missed.
  std::uint64_t end(time_point now) noexcept;
  void wish(wall_time t) noexcept;

 private:
  void skip(std::uint64_t rounds) noexcept;

  duration period_;
  duration pause_;
  time_point regular_;
  std::optional<wall_time> wished_;
  time_point not_before_;
};

}  // namespace lifeline
