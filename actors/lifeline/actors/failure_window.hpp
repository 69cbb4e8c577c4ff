#pragma once

#include <cstdint>
#include <vector>

#include "lifeline/time/clock.hpp"

namespace lifeline::actors {

/// How calls ended, as far as it is remembered.
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

/// Counts how calls end over a time that moves along in steps of `length / parts`: what is older
/// than `length` no longer counts. One part makes a window that is emptied as a whole; a length of
/// zero never forgets. Those in a row are counted without regard to time, but begin anew when the
/// window is empty. Asking changes nothing: the same calls give the same counts, however often
/// somebody looks. A pure core.
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
  /// Forgets all; the first part begins now.
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
  time_point next_ = time_point::max();  // when the next part begins
  call_counts sums_;
};

}  // namespace lifeline::actors
