#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "driver/measures/histogram.hpp"

namespace bank::driver {

/// The course of a run, for a chart: rate and latency of each interval, and marks of phases and
/// faults. The number of intervals is limited: when it is reached, each two are merged into one.
class time_line {
 public:
  static constexpr std::size_t most_points = 600;

  struct point {
    double at = 0;      ///< its end, in seconds since the start
    double length = 0;  ///< in seconds
    std::uint64_t answers = 0;
    std::uint64_t errors = 0;
    double p50_ms = 0;
    double p99_ms = 0;
    double max_ms = 0;
  };
  struct mark {
    double at = 0;
    std::string text;
    bool is_fault = false;
  };

  void add(lifeline::duration latency, bool is_error);
  /// Ends the current interval if it is long enough. `at`: seconds since the start.
  void tick(double at);
  void note(double at, std::string text, bool is_fault);

  const std::vector<point>& points() const noexcept { return points_; }
  const std::vector<mark>& marks() const noexcept { return marks_; }
  const point& latest() const noexcept;

 private:
  void halve();

  histogram now_;
  std::uint64_t errors_ = 0;
  double began_ = 0;
  double stretch_ = 1;
  std::vector<point> points_;
  std::vector<mark> marks_;
};

}  // namespace bank::driver
