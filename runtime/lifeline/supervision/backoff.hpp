#pragma once

#include <chrono>
#include <random>

#include "lifeline/time/clock.hpp"

namespace lifeline {

/// How long to wait before a restart: `first` after the first failure in a row, then `factor` times
/// as long each time, `most` at most. `first` of zero restarts at once, always.
struct backoff_policy {
  duration first = std::chrono::milliseconds(100);
  duration most = std::chrono::seconds(10);
  double factor = 2;
  /// What part of a wait is left to chance, 0 to 1, so that what failed together does not come back
  /// together: a wait of d becomes one between (1 − jitter) d and d, never longer.
  double jitter = 0.2;
  /// A child that ran this long before it failed has failed for the first time again.
  duration steady_after = std::chrono::seconds(30);
};

/// Where chance comes from; a seed replays it.
using random_engine = std::mt19937_64;

/// The failures in a row of one child. A value without a clock.
class backoff {
 public:
  /// One more failure, after having run for `ran` (zero if it did not start): the wait before the
  /// next attempt.
  duration after_failure(const backoff_policy& policy, duration ran, random_engine& chance);

  unsigned failures_in_a_row() const noexcept { return failures_; }

 private:
  unsigned failures_ = 0;
};

}  // namespace lifeline
