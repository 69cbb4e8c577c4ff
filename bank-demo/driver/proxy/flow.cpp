#include "driver/proxy/flow.hpp"

#include <algorithm>

namespace bank::driver::proxy {

namespace {

/// Interval of writes with limited bandwidth: short enough to look continuous.
constexpr std::uint64_t writes_per_second = 50;

}  // namespace

clock::time_point flow::departure(clock::time_point now, const latency& wait) {
  auto leaves = now + wait.delay;
  if (wait.jitter.count() > 0) {
    std::uniform_int_distribution<std::int64_t> draw(0, wait.jitter.count());
    leaves += std::chrono::microseconds(draw(random_));
  }
  last_departure_ = std::max(last_departure_, leaves);
  return last_departure_;
}

std::size_t flow::allowance(clock::time_point now, std::size_t waiting,
                            std::optional<std::uint64_t> bytes_per_second) {
  if (!bytes_per_second) return waiting;
  if (now < free_at_) return 0;
  const std::uint64_t rate = std::max<std::uint64_t>(*bytes_per_second, 1);
  const std::uint64_t portion = std::max<std::uint64_t>(rate / writes_per_second, 1);
  const std::uint64_t granted = std::min<std::uint64_t>(waiting, portion);
  free_at_ = now + std::chrono::nanoseconds(granted * 1'000'000'000 / rate);
  return static_cast<std::size_t>(granted);
}

}  // namespace bank::driver::proxy
