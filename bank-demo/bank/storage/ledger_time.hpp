#pragma once

#include <algorithm>
#include <chrono>

#include "lifeline/time/clock.hpp"

namespace bank::storage {

using lifeline::wall_time;

/// Where the ledger's time stands, as its one row says, which every commit reads and writes. It
/// never falls, whatever the clock does.
struct ledger_time {
  wall_time last{};  ///< of the last batch
  wall_time next{};  ///< the earliest that the next batch may have: the past before it is closed

  /// Of a batch that is committed now.
  wall_time of_next(wall_time clock) const noexcept { return std::max(clock, next); }
  /// The end of the past that a question about the time before `wanted` needs closed: no later than
  /// the moment after now. It is closed already unless it lies behind `next`.
  wall_time end_of_past(wall_time wanted, wall_time clock) const noexcept {
    constexpr std::chrono::milliseconds moment{1};
    return std::min(wanted, std::max({clock + moment, last + moment, next}));
  }
};

}  // namespace bank::storage
