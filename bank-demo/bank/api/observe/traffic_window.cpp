#include "bank/api/observe/traffic_window.hpp"

#include <algorithm>

namespace bank::api {

namespace {

std::int64_t seconds_between(lifeline::time_point from, lifeline::time_point to) {
  return std::chrono::floor<std::chrono::seconds>(to - from).count();
}

}  // namespace

traffic_window::traffic_window(options o, lifeline::time_point now)
    : options_(o), buckets_(lifeline::histogram_buckets::times()), begin_(now) {
  for (slot& s : slots_) s.buckets.resize(buckets_.bounds.size() + 1);
}

void traffic_window::clear(slot& s) {
  if (s.requests == 0) return;
  requests_ -= s.requests;
  errors_ -= s.errors;
  s.requests = s.errors = 0;
  std::ranges::fill(s.buckets, 0U);
}

void traffic_window::turn_to(lifeline::time_point now) {
  const std::int64_t second = seconds_between(begin_, now);
  const std::int64_t steps =
      std::min<std::int64_t>(second - second_, static_cast<std::int64_t>(seconds));
  for (std::int64_t i = 0; i < steps; ++i)
    clear(slots_[static_cast<std::size_t>(second - i) % seconds]);
  second_ = std::max(second_, second);
}

traffic_window::change traffic_window::judge() noexcept {
  const auto all = static_cast<double>(requests_);
  const auto bad = static_cast<double>(errors_);
  if (!alarmed_ && requests_ >= options_.fewest && bad > options_.alarm_share * all) {
    alarmed_ = true;
    return change::raised;
  }
  if (alarmed_ && (errors_ == 0 || bad < options_.alarm_share / 2 * all)) {
    alarmed_ = false;
    return change::ended;
  }
  return change::none;
}

traffic_window::change traffic_window::add(lifeline::time_point now, lifeline::duration took,
                                           bool is_error) {
  turn_to(now);
  slot& s = slots_[static_cast<std::size_t>(second_) % seconds];
  const auto& bounds = buckets_.bounds;
  std::size_t i = 0;
  while (i < bounds.size() && took.count() > bounds[i]) ++i;
  ++s.buckets[i];
  ++s.requests;
  ++requests_;
  if (is_error) {
    ++s.errors;
    ++errors_;
  }
  return judge();
}

traffic_window::change traffic_window::look(lifeline::time_point now) {
  turn_to(now);
  return judge();
}

traffic traffic_window::read(lifeline::time_point now) {
  turn_to(now);
  traffic t{requests_, errors_, static_cast<double>(std::min<std::int64_t>(second_ + 1, seconds))};
  lifeline::histogram::reading all;
  all.count = requests_;
  all.counts.resize(buckets_.bounds.size() + 1);
  for (const slot& s : slots_)
    for (std::size_t i = 0; i < s.buckets.size(); ++i) all.counts[i] += s.buckets[i];
  t.p50 = all.quantile(0.5, buckets_);
  t.p95 = all.quantile(0.95, buckets_);
  t.p99 = all.quantile(0.99, buckets_);
  return t;
}

}  // namespace bank::api
