#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lifeline/ledger/values/records.hpp"
#include "lifeline/ledger/values/standing_schedule.hpp"

// Standing orders and the effect of each step, as pure functions, so that the actor and the stores
// follow the same rules.
//
//     active --> ended      the last occurrence was made
//        |
//        +-----> deleted    by its owner; what was made before stays
//
// An occurrence is an independent scheduled transfer: once made, it has no link to its order, and
// is executed or rejected like any other.

namespace lifeline::ledger {

using standing_order_id = strong_id<struct standing_order_tag>;

enum class order_status : std::uint8_t { active, ended, deleted };

std::string_view to_string(order_status s) noexcept;
std::optional<order_status> parse_order_status(std::string_view text) noexcept;

/// A standing order as stored.
struct standing_order {
  standing_order_id id;
  /// Random, never shown: the ids of occurrences are derived from it, so that no client can take
  /// one for a transfer of their own.
  uuid seed;
  account_id from;
  account_id to;
  money amount;
  std::optional<std::string> memo;  ///< of each occurrence
  standing_schedule schedule;

  std::uint64_t made = 0;            ///< occurrences so far; the next one's place in the schedule
  std::optional<wall_time> next_at;  ///< none: no more occurrences
  std::optional<wall_time> deleted_at;
  std::uint64_t number = 0;  ///< its place among all orders, from 1
  wall_time created_at{};

  friend bool operator==(const standing_order&, const standing_order&) = default;
};

order_status status_of(const standing_order& o) noexcept;

/// The id of an occurrence's transfer, by due time: the same at each repetition.
transfer_id occurrence_id(const standing_order& o, wall_time due);
/// The next occurrence as a scheduled transfer. `o` must be active.
transfer_record next_occurrence(const standing_order& o);

/// The order as first stored: the `number`th of all, committed at `at`.
standing_order as_opened(standing_order o, std::uint64_t number, wall_time at);
/// The order after one more occurrence. `o` must be active.
standing_order after_occurrence(standing_order o);
standing_order after_deletion(standing_order o, wall_time now);
/// The order when it was opened, as first answered to its creator.
standing_order as_first_answered(standing_order o);

/// True if two requests have the same content.
bool same_content(const standing_order& a, const standing_order& b);

}  // namespace lifeline::ledger
