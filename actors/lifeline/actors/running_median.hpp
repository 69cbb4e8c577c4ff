#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "lifeline/time/clock.hpp"

namespace lifeline::actors {

/// The median of the latest 64 times, brought up to date every eighth. None before there are eight.
class running_median {
 public:
  void add(duration took) {
    times_[count_++ % times_.size()] = took;
    if (count_ % 8 != 0) return;
    auto sorted = times_;
    const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(count_, sorted.size()));
    const auto middle = sorted.begin() + (end - sorted.begin()) / 2;
    std::nth_element(sorted.begin(), middle, end);
    median_ = *middle;
  }
  std::optional<duration> value() const noexcept { return median_; }

 private:
  std::array<duration, 64> times_{};
  std::size_t count_ = 0;
  std::optional<duration> median_;
};

}  // namespace lifeline::actors
