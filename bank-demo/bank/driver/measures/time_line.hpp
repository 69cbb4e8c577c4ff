#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bank/driver/measures/histogram.hpp"

namespace bank::driver {

/// What happened over the time of a run, for a chart: rate and latency of each stretch of time, and
/// the marks of phases and faults. However long the run, no more than so many stretches are kept:
/// when they are full, two become one.
class time_line {
 public:
  static constexpr std::size_t most_points = 600;

  struct point {
    double at = 0;      ///< its end, in seconds since the beginning
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
  /// Ends the present stretch if it is long enough. `at`: seconds since the beginning.
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
