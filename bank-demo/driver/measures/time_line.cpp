#include "driver/measures/time_line.hpp"

#include <algorithm>

namespace bank::driver {

namespace {

/// Further marks are left out, such as faults every second for a day.
constexpr std::size_t most_marks = 1'000;

time_line::point joined(const time_line::point& a, const time_line::point& b) {
  const auto weight = static_cast<double>(a.answers);
  const auto all = static_cast<double>(a.answers + b.answers);
  time_line::point p = b;
  p.length += a.length;
  p.answers += a.answers;
  p.errors += a.errors;
  if (all > 0) p.p50_ms = (a.p50_ms * weight + b.p50_ms * (all - weight)) / all;
  p.p99_ms = std::max(a.p99_ms, b.p99_ms);
  p.max_ms = std::max(a.max_ms, b.max_ms);
  return p;
}

}  // namespace

void time_line::add(lifeline::duration latency, bool is_error) {
  now_.add(latency);
  errors_ += is_error ? 1 : 0;
}

void time_line::tick(double at) {
  // A tick that comes a little early still ends its interval.
  if (at - began_ < stretch_ * 0.9) return;
  points_.push_back({at, at - began_, now_.count(), errors_, now_.percentile_ms(0.5),
                     now_.percentile_ms(0.99), now_.max_ms()});
  now_.clear();
  errors_ = 0;
  began_ = at;
  if (points_.size() >= most_points) halve();
}

void time_line::halve() {
  std::vector<point> half;
  for (std::size_t i = 0; i + 1 < points_.size(); i += 2)
    half.push_back(joined(points_[i], points_[i + 1]));
  points_ = std::move(half);
  stretch_ *= 2;
}

void time_line::note(double at, std::string text, bool is_fault) {
  if (marks_.size() < most_marks) marks_.push_back({at, std::move(text), is_fault});
}

const time_line::point& time_line::latest() const noexcept {
  static const point none;
  return points_.empty() ? none : points_.back();
}

}  // namespace bank::driver
