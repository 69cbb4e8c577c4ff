#include "lifeline/time/timer_wheel.hpp"

#include <algorithm>
#include <bit>

namespace lifeline {

namespace {

void push_back(detail::timer_link& head, detail::timer_link& x) noexcept {
  x.prev = head.prev;
  x.next = &head;
  head.prev->next = &x;
  head.prev = &x;
}

void unlink(detail::timer_link& x) noexcept {
  x.prev->next = x.next;
  x.next->prev = x.prev;
  x.prev = x.next = nullptr;
}

bool empty(const detail::timer_link& head) noexcept { return head.next == &head; }

}  // namespace

std::uint64_t detail::slot_set::steps_after(std::uint64_t i) const noexcept {
  const std::uint64_t first = (i + 1) % 256;
  std::uint64_t word = words_[first / 64] & (~std::uint64_t{0} << (first % 64));
  for (std::uint64_t k = first / 64; k < first / 64 + 5; word = words_[++k % 4])
    if (word != 0) return (k * 64 + static_cast<std::uint64_t>(std::countr_zero(word)) - first) + 1;
  return 0;
}

timer_wheel::timer_wheel(time_point start)
    : start_(start), slots_(std::make_unique<link[]>(levels * slots)) {
  for (std::uint64_t i = 0; i < levels * slots; ++i) slots_[i].prev = slots_[i].next = &slots_[i];
}

detail::timer_link& timer_wheel::slot(int level, std::uint64_t index) noexcept {
  return slots_[static_cast<std::uint64_t>(level) * slots + (index & (slots - 1))];
}

std::uint64_t timer_wheel::tick_at_or_before(time_point t) const noexcept {
  return t <= start_ ? 0 : static_cast<std::uint64_t>((t - start_) / tick);
}

/// Rounds up, so that no timer is called early.
std::uint64_t timer_wheel::tick_at_or_after(time_point t) const noexcept {
  return t <= start_ ? 0 : tick_at_or_before(t - duration(1)) + 1;
}

time_point timer_wheel::time_of(std::uint64_t tick_number) const noexcept {
  return start_ + tick * static_cast<std::int64_t>(tick_number);
}

time_point timer_wheel::insert(timer& t, time_point due, time_point now) noexcept {
  if (size_ == 0) next_tick_ = never;
  now_tick_ = std::max(now_tick_, std::min(tick_at_or_before(now), next_tick_ - 1));
  t.due_ = due;
  ++size_;
  place(t);
  return time_of(next_tick_);
}

void timer_wheel::erase(timer& t) noexcept {
  if (t.next == nullptr) return;
  link& neighbour = *t.next;
  unlink(t);
  --size_;
  if (!empty(neighbour)) return;
  // A link without other neighbours is the head of a slot.
  const auto i = static_cast<std::uint64_t>(&neighbour - slots_.get());
  occupied_[i / slots].erase(i % slots);
}

/// A timer beyond the top level's range waits in the last slot and is placed again there.
void timer_wheel::place(timer& t) noexcept {
  constexpr std::uint64_t reach = std::uint64_t{1} << (level_bits * levels);
  const std::uint64_t due =
      std::clamp(tick_at_or_after(t.due_), now_tick_ + 1, now_tick_ + reach - 1);
  std::uint64_t level = 0;
  while ((due - now_tick_) >> (level_bits * (level + 1)) != 0) ++level;
  const std::uint64_t shift = level_bits * level;
  push_back(slot(static_cast<int>(level), due >> shift), t);
  occupied_[level].insert((due >> shift) % slots);
  next_tick_ = std::min(next_tick_, due >> shift << shift);
}

std::uint64_t timer_wheel::next_occupied() const noexcept {
  std::uint64_t next = never;
  for (std::uint64_t level = 0; level < levels; ++level) {
    const std::uint64_t shift = level_bits * level;
    const std::uint64_t at = now_tick_ >> shift;
    if (const auto steps = occupied_[level].steps_after(at % slots); steps != 0)
      next = std::min(next, (at + steps) << shift);
  }
  return next;
}

void timer_wheel::cascade() noexcept {
  for (int level = 1; level < levels; ++level) {
    const int shift = level_bits * level;
    if ((now_tick_ & ((std::uint64_t{1} << shift) - 1)) != 0) return;
    link moved{&moved, &moved};
    link& from = slot(level, now_tick_ >> shift);
    while (!empty(from)) {
      link& x = *from.next;
      unlink(x);
      push_back(moved, x);
    }
    occupied_[static_cast<std::size_t>(level)].erase((now_tick_ >> shift) % slots);
    while (!empty(moved)) {
      auto& t = static_cast<timer&>(*moved.next);
      unlink(t);
      // A timer due exactly now belongs to the slot that expires next.
      if (tick_at_or_after(t.due_) <= now_tick_) {
        push_back(slot(0, now_tick_), t);
      } else {
        place(t);
      }
    }
  }
}

void timer_wheel::expire_slot(std::vector<timer*>& take) {
  link& head = slot(0, now_tick_);
  while (!empty(head)) {
    auto& t = static_cast<timer&>(*head.next);
    unlink(t);
    --size_;
    if (t.retain()) take.push_back(&t);
  }
  occupied_[0].erase(now_tick_ % slots);
}

void timer_wheel::advance(time_point now, std::vector<timer*>& take) {
  const std::uint64_t target = tick_at_or_before(now);
  while (next_tick_ <= target) {
    now_tick_ = next_tick_;
    cascade();
    expire_slot(take);
    next_tick_ = next_occupied();
  }
  now_tick_ = std::max(now_tick_, target);
  next_tick_ = next_occupied();  // erased timers are no reason to wake
}

time_point timer_wheel::next_wake() const noexcept {
  return size_ == 0 ? time_point::max() : time_of(next_tick_);
}

}  // namespace lifeline
