#pragma once

#include <algorithm>
#include <chrono>

#include "lifeline/time/clock.hpp"

namespace bank::storage {

using lifeline::wall_time;

/// The ledger's time, from its one row, which every commit reads and writes. It never falls,
/// whatever the clock does.
struct ledger_time {
  wall_time last{};  ///< time of the last batch
  wall_time next{};  ///< earliest time of the next batch; the past before it is closed

  /// The time of a batch that is committed now.
  wall_time of_next(wall_time clock) const noexcept { return std::max(clock, next); }
  /// The end of the past that must be closed for a question about the time before `wanted`: at most
  /// the moment after now. It is already closed unless it is after `next`.
  wall_time end_of_past(wall_time wanted, wall_time clock) const noexcept {
    constexpr std::chrono::milliseconds moment{1};
    return std::min(wanted, std::max({clock + moment, last + moment, next}));
  }
};

}  // namespace bank::storage
