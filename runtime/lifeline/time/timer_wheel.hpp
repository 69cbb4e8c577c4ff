#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "lifeline/time/clock.hpp"

namespace lifeline {

/// A hierarchical timing wheel (Varghese and Lauck, 1987, scheme 6): arm and disarm are O(1), a
/// timer moves down a level at most three times. Not synchronized; a clock locks around it.
class timer_wheel {
 public:
  static constexpr duration tick = std::chrono::milliseconds(1);

  explicit timer_wheel(time_point start);

  /// Files `t` under `due`; a time already passed, under the next tick. Gives the time at which
  /// `advance` must look for it. `now` lets an empty wheel catch up without turning.
  time_point insert(timer& t, time_point due, time_point now) noexcept;
  /// Takes `t` out; does nothing if it is in no wheel.
  void erase(timer& t) noexcept;

  /// Moves to `now` and hands each due timer, unlinked and retained, to `take`. Timers whose owner
  /// refuses `retain` are unlinked and left out.
  void advance(time_point now, std::vector<timer*>& take);

  /// When `advance` wants to be called next; `time_point::max()` if the wheel is empty.
  time_point next_wake() const noexcept;

 private:
  static constexpr int level_bits = 8;
  static constexpr int levels = 4;
  static constexpr std::uint64_t slots = 1U << level_bits;
  using link = detail::timer_link;

  link& slot(int level, std::uint64_t index) noexcept;
  const link& slot(int level, std::uint64_t index) const noexcept;
  std::uint64_t tick_at_or_after(time_point t) const noexcept;
  /// Gives the tick at which the wheel must turn to for this timer.
  std::uint64_t place(timer& t) noexcept;
  time_point time_of(std::uint64_t tick_number) const noexcept;
  void cascade() noexcept;
  void expire_slot(std::vector<timer*>& take);

  time_point start_;
  std::uint64_t now_tick_ = 0;
  std::size_t size_ = 0;
  std::unique_ptr<link[]> slots_;
};

}  // namespace lifeline
