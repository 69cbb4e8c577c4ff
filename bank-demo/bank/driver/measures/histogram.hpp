#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// Times from a microsecond to a day, counted in buckets that are never wider than a thousandth of
/// their value (Gil Tene's HDR histogram): percentiles of any number of requests in memory that
/// does not grow. Merging loses nothing.
class histogram {
 public:
  void add(lifeline::duration d, std::uint64_t times = 1);
  void merge(const histogram& other);
  void clear() noexcept;

  std::uint64_t count() const noexcept { return count_; }
  double mean_ms() const noexcept;
  double max_ms() const noexcept { return static_cast<double>(max_us_) / 1000; }
  /// The time within which this share (0 to 1) of all lies, in milliseconds; 0 without any.
  double percentile_ms(double share) const noexcept;

  /// How many lie in each of the steps "up to 1, 2, 5, 10, 20, 50 … µs", for a picture.
  struct step {
    double up_to_ms = 0;
    std::uint64_t count = 0;
  };
  std::vector<step> steps() const;

 private:
  std::vector<std::uint64_t> counts_;  // empty until something is added
  std::uint64_t count_ = 0;
  std::uint64_t sum_us_ = 0;
  std::uint64_t max_us_ = 0;
};

}  // namespace bank::driver
