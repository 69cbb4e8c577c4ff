#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "lifeline/time/clock.hpp"

namespace lifeline::guards {

/// The median of the latest 64 durations that are not older than `believed_for`; empty if there are
/// fewer than eight. A pure core; updated at every eighth value, and eight times per `believed_for`
/// as values grow old.
class running_median {
 public:
  explicit running_median(duration believed_for = std::chrono::seconds(10))
      : believed_for_(believed_for) {}

  void add(duration took, time_point now) {
    times_[count_++ % times_.size()] = {took, now};
    if (count_ % 8 == 0) compute(now);
  }
  /// Removes values that are too old at `now`.
  void look(time_point now) {
    if (now >= next_look_) compute(now);
  }
  /// As of the latest `add` or `look`.
  std::optional<duration> value() const noexcept { return median_; }

 private:
  struct one {
    duration took{};
    time_point at{};
  };

  void compute(time_point now) {
    std::array<duration, 64> fresh;
    auto end = fresh.begin();
    for (std::size_t i = 0; i < std::min(count_, times_.size()); ++i)
      if (time_between(times_[i].at, now) <= believed_for_) *end++ = times_[i].took;
    next_look_ = end == fresh.begin() ? time_point::max()
                                      : time_after(now, std::max(believed_for_ / 8, duration(1)));
    median_.reset();
    if (end - fresh.begin() < 8) return;
    const auto middle = fresh.begin() + (end - fresh.begin()) / 2;
    std::nth_element(fresh.begin(), middle, end);
    median_ = *middle;
  }

  duration believed_for_;
  std::array<one, 64> times_{};
  std::size_t count_ = 0;
  time_point next_look_ = time_point::max();
  std::optional<duration> median_;
};

}  // namespace lifeline::guards
