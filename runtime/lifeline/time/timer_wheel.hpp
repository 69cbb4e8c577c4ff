#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "lifeline/time/clock.hpp"

namespace lifeline {

namespace detail {
/// The non-empty slots among a level's 256.
class slot_set {
 public:
  void insert(std::uint64_t i) noexcept { words_[i / 64] |= bit(i); }
  void erase(std::uint64_t i) noexcept { words_[i / 64] &= ~bit(i); }
  /// Steps around the wheel from slot `i` to the next slot in the set: 1 to 256; 0 if the set is
  /// empty.
  std::uint64_t steps_after(std::uint64_t i) const noexcept;

 private:
  static std::uint64_t bit(std::uint64_t i) noexcept { return std::uint64_t{1} << (i % 64); }
  std::array<std::uint64_t, 4> words_{};
};
}  // namespace detail

/// A hierarchical timing wheel (Varghese and Lauck, 1987, scheme 6): arm and disarm are O(1), a
/// timer moves down a level at most three times, and advancing over a stretch without timers costs
/// nothing. Not synchronized; a clock locks around it.
class timer_wheel {
 public:
  static constexpr duration tick = std::chrono::milliseconds(1);

  explicit timer_wheel(time_point start);

  /// Inserts `t` at `due`, or at the next tick if that has passed. Returns the time at which
  /// `advance` must check for it. `now`, which may be slightly old, moves the wheel forward as long
  /// as nothing is due before it.
  time_point insert(timer& t, time_point due, time_point now) noexcept;
  /// Removes `t`; does nothing if it is in no wheel.
  void erase(timer& t) noexcept;

  /// Moves to `now`; unlinks each due timer, retains it, and appends it to `take`. Timers whose
  /// `retain` returns false are only unlinked.
  void advance(time_point now, std::vector<timer*>& take);

  /// Time of the next necessary `advance`; `time_point::max()` if the wheel is empty.
  time_point next_wake() const noexcept;
  /// Number of timers.
  std::size_t size() const noexcept { return size_; }

 private:
  static constexpr int level_bits = 8;
  static constexpr int levels = 4;
  static constexpr std::uint64_t slots = 1U << level_bits;
  using link = detail::timer_link;

  link& slot(int level, std::uint64_t index) noexcept;
  std::uint64_t tick_at_or_before(time_point t) const noexcept;
  std::uint64_t tick_at_or_after(time_point t) const noexcept;
  time_point time_of(std::uint64_t tick_number) const noexcept;
  void place(timer& t) noexcept;
  std::uint64_t next_occupied() const noexcept;
  void cascade() noexcept;
  void expire_slot(std::vector<timer*>& take);

  static constexpr std::uint64_t never = ~std::uint64_t{0};

  time_point start_;
  std::uint64_t now_tick_ = 0;
  std::uint64_t next_tick_ = never;  // nothing is due, or moves down a level, before it
  std::size_t size_ = 0;
  std::array<detail::slot_set, levels> occupied_;
  std::unique_ptr<link[]> slots_;
};

}  // namespace lifeline
