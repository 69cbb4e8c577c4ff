#pragma once

#include <chrono>
#include <random>

#include "lifeline/time/clock.hpp"

namespace lifeline {

/// The wait before a restart: `first` after the first failure in a row, multiplied by `factor` each
/// further time, at most `most`. If `first` is zero, restarts are always immediate.
struct backoff_policy {
  duration first = std::chrono::milliseconds(100);
  duration most = std::chrono::seconds(10);
  double factor = 2;
  /// Random part of a wait, 0 to 1, so that children that failed together don't restart together. A
  /// wait of d becomes one between (1 − jitter) d and d, never longer.
  double jitter = 0.2;
  /// A child that ran this long before it failed starts a new row of failures.
  duration steady_after = std::chrono::seconds(30);
};

/// The source of randomness; a seed replays it.
using random_engine = std::mt19937_64;

/// The failures in a row of one child. Takes times as arguments; has no clock.
class backoff {
 public:
  /// Counts one more failure, after a run of `ran` (zero if it did not start). Returns the wait
  /// before the next attempt.
  duration after_failure(const backoff_policy& policy, duration ran, random_engine& chance);

  unsigned failures_in_a_row() const noexcept { return failures_; }

 private:
  unsigned failures_ = 0;
};

}  // namespace lifeline
