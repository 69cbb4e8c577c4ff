#include "lifeline/work/tick_schedule.hpp"

#include <algorithm>
#include <stdexcept>

namespace lifeline {

tick_schedule::tick_schedule(time_point start, duration period, duration pause)
    : period_(period), pause_(pause), regular_(start), not_before_(start) {
  if (period <= duration::zero())
    throw std::invalid_argument("a ticker's period must be above zero, not " +
                                std::to_string(period.count()) + " ns");
}

bool tick_schedule::is_due(time_point now, wall_time wall) const noexcept {
  return now >= regular_ || (wished_ && *wished_ <= wall && now >= not_before_);
}

time_point tick_schedule::next_look(time_point now, wall_time wall) const noexcept {
  if (!wished_) return regular_;
  const duration left = saturating_cast(time_between(wall, *wished_));
  const time_point look = time_after(now, std::clamp(left, duration::zero(), look_every));
  return std::min(regular_, std::max(look, not_before_));
}

void tick_schedule::skip(std::uint64_t rounds) noexcept {
  const auto n = static_cast<duration::rep>(rounds);
  const bool fits = n <= duration::max() / period_;
  regular_ = time_after(regular_, fits ? n * period_ : duration::max());
}

std::uint64_t tick_schedule::begin(time_point now, wall_time wall) noexcept {
  if (wished_ && *wished_ <= wall) wished_.reset();
  if (now < regular_) return 0;
  const auto missed = static_cast<std::uint64_t>((now - regular_) / period_);
  skip(missed + 1);
  return missed;
}

std::uint64_t tick_schedule::end(time_point now) noexcept {
  not_before_ = time_after(now, pause_);
  if (now <= regular_) return 0;
  const auto missed = static_cast<std::uint64_t>((now - regular_ - duration(1)) / period_) + 1;
  skip(missed);
  return missed;
}

void tick_schedule::wish(wall_time t) noexcept {
  if (!wished_ || t < *wished_) wished_ = t;
}

}  // namespace lifeline
