#pragma once

#include <cstdint>
#include <vector>

#include "lifeline/time/clock.hpp"

namespace lifeline::guards {

/// Results of calls, as far as they are counted.
struct call_counts {
  std::uint64_t successes = 0;
  std::uint64_t failures = 0;
  std::uint64_t successes_in_a_row = 0;
  std::uint64_t failures_in_a_row = 0;

  std::uint64_t calls() const noexcept { return successes + failures; }
  double failure_ratio() const noexcept {
    return calls() == 0 ? 0 : static_cast<double>(failures) / static_cast<double>(calls());
  }
  friend bool operator==(const call_counts&, const call_counts&) = default;
};

/// Counts results of calls over a sliding time of `length`, in steps of `length / parts`; older
/// calls don't count. One part: the whole window is emptied at once. Length 0: calls never expire.
/// Failures in a row count regardless of time, but restart when the window is empty. Reading
/// changes nothing: the same calls give the same counts, however often they are read. A pure core.
class failure_window {
 public:
  explicit failure_window(duration length, std::size_t parts = 10);

  void success(time_point now) noexcept {
    move_to(now);
    ++here().successes;
    ++sums_.successes;
    ++sums_.successes_in_a_row;
    sums_.failures_in_a_row = 0;
  }
  void failure(time_point now) noexcept {
    move_to(now);
    ++here().failures;
    ++sums_.failures;
    ++sums_.failures_in_a_row;
    sums_.successes_in_a_row = 0;
  }

  const call_counts& counts(time_point now) noexcept {
    move_to(now);
    return sums_;
  }
  /// Removes all counts; the first part begins now.
  void clear(time_point now) noexcept;

 private:
  struct part {
    std::uint64_t successes = 0;
    std::uint64_t failures = 0;
  };

  part& here() noexcept { return parts_[at_]; }
  void move_to(time_point now) noexcept {
    if (now >= next_) advance(now);
  }
  void advance(time_point now) noexcept;

  duration step_ = duration::zero();
  std::vector<part> parts_;
  std::size_t at_ = 0;
  time_point next_ = time_point::max();  // start of the next part
  call_counts sums_;
};

}  // namespace lifeline::guards
