#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// Times from 1 µs to a day, counted in buckets at most a thousandth of their value wide (Gil
/// Tene's HDR histogram): percentiles of any number of requests in constant memory. Merging loses
/// nothing.
class histogram {
 public:
  void add(lifeline::duration d, std::uint64_t times = 1);
  void merge(const histogram& other);
  void clear() noexcept;

  std::uint64_t count() const noexcept { return count_; }
  double mean_ms() const noexcept;
  double max_ms() const noexcept { return static_cast<double>(max_us_) / 1000; }
  /// The time in ms within which this share (0 to 1) of all values lies; 0 without values.
  double percentile_ms(double share) const noexcept;

  /// Counts of the steps "up to 1, 2, 5, 10, 20, 50 … µs", for a chart.
  struct step {
    double up_to_ms = 0;
    std::uint64_t count = 0;
  };
  std::vector<step> steps() const;

 private:
  std::vector<std::uint64_t> counts_;  // empty before the first value
  std::uint64_t count_ = 0;
  std::uint64_t sum_us_ = 0;
  std::uint64_t max_us_ = 0;
};

}  // namespace bank::driver
