#pragma once

#include <chrono>
#include <cstddef>

namespace bank::api {

/// Limits of concurrent and waiting requests.
struct concurrency_limiter_options {
  std::size_t in_work = 4'096;       ///< of all callers; others wait; 0: no limits at all
  std::size_t of_a_caller = 16;      ///< per caller while others are active; 0: unlimited
  std::size_t waiting = 10'000;      ///< queued requests; others are refused
  std::size_t waiting_each = 2'000;  ///< queued requests per caller
  /// By weight, per caller while a light caller is active, that is one with at most
  /// this much open; 0: `of_a_caller` applies.
  std::size_t beside_modest = 2;
};

}  // namespace bank::api
