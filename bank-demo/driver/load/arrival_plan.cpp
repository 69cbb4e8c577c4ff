#include "driver/load/arrival_plan.hpp"

#include <algorithm>
#include <cmath>

namespace bank::driver {

namespace {

double seconds(lifeline::duration d) { return std::chrono::duration<double>(d).count(); }

lifeline::duration from_seconds(double s) {
  return lifeline::saturating_cast(std::chrono::duration<double>(s));
}

/// Arrivals of a piece in its first `t` seconds.
double count_in(const arrival_profile::piece& p, double t) {
  const double slope = (p.to - p.from) / seconds(p.length);
  return p.from * t + slope * t * t / 2;
}

/// The time in seconds at which a piece has had `count` arrivals; `count` is at most its total.
double time_in(const arrival_profile::piece& p, double count) {
  const double slope = (p.to - p.from) / seconds(p.length);
  const double root = std::sqrt(std::max(p.from * p.from + 2 * slope * count, 0.0));
  // This form keeps precision for a small slope.
  return p.from + root > 0 ? 2 * count / (p.from + root) : 0;
}

}  // namespace

double arrival_profile::expected_until(lifeline::duration t) const noexcept {
  double count = 0;
  for (const piece& p : pieces) {
    if (t <= lifeline::duration::zero()) break;
    count += count_in(p, seconds(std::min(t, p.length)));
    t -= p.length;
  }
  return count;
}

double arrival_profile::rate_at(lifeline::duration t) const noexcept {
  for (const piece& p : pieces) {
    if (t < p.length) return p.from + (p.to - p.from) * (seconds(t) / seconds(p.length));
    t -= p.length;
  }
  return 0;
}

arrival_plan::arrival_plan(arrival_profile profile, std::uint64_t seed)
    : profile_(std::move(profile)), draws_(seed, 0, 0) {}

std::optional<lifeline::duration> arrival_plan::next() {
  const auto at = time_of(count_ + (profile_.poisson ? draws_.exponential() : 0));
  if (!at) return std::nullopt;
  if (profile_.poisson) count_ = profile_.expected_until(*at);
  if (!profile_.poisson) count_ += 1;
  return at;
}

std::optional<lifeline::duration> arrival_plan::time_of(double count) const {
  lifeline::duration begin{0};
  for (const arrival_profile::piece& p : profile_.pieces) {
    const double here = count_in(p, seconds(p.length));
    if (count < here) return begin + from_seconds(time_in(p, count));
    count -= here;
    begin += p.length;
  }
  return std::nullopt;
}

}  // namespace bank::driver
