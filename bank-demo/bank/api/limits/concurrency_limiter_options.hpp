#pragma once

#include <chrono>
#include <cstddef>

namespace bank::api {

/// How many requests the node works on.
struct concurrency_limiter_options {
  std::size_t in_work = 4'096;       ///< of all callers; further ones wait; 0: no limit of any kind
  std::size_t of_a_caller = 16;      ///< while others are about; 0: no limit
  std::size_t waiting = 10'000;      ///< further ones are refused
  std::size_t waiting_each = 2'000;  ///< of a caller
  /// In work, by weight, of a caller beside a modest one, who has no more than this open itself; 0:
  /// as beside others.
  std::size_t beside_modest = 2;
};

}  // namespace bank::api
