#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "driver/scenario/scenario.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// All times of single requests, 4 bytes each: exact percentiles.
class latencies {
 public:
  void add(lifeline::duration d);
  std::size_t size() const noexcept { return us_.size(); }
  /// The time in ms within which this share (0 to 1) of the requests was answered; 0 without
  /// requests.
  double percentile_ms(double share) const;

 private:
  std::vector<std::uint32_t> us_;
};

/// The figures of a replay.
struct measured {
  double seconds = 0;
  double rate = 0;  ///< acknowledged transfers per second
  double p50_ms = 0;
  double p95_ms = 0;
  double p99_ms = 0;

  double value(std::string_view metric) const;
};

/// A threshold with the measured value.
struct threshold_result {
  threshold wanted;
  double found = 0;
  bool met = false;
};
std::vector<threshold_result> compare(const std::vector<threshold>& wanted, const measured& m);

}  // namespace bank::driver
