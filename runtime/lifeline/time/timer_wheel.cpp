#include "lifeline/time/timer_wheel.hpp"

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

timer_wheel::timer_wheel(time_point start)
    : start_(start), slots_(std::make_unique<link[]>(levels * slots)) {
  for (std::uint64_t i = 0; i < levels * slots; ++i) slots_[i].prev = slots_[i].next = &slots_[i];
}

detail::timer_link& timer_wheel::slot(int level, std::uint64_t index) noexcept {
  return slots_[static_cast<std::uint64_t>(level) * slots + (index & (slots - 1))];
}

const detail::timer_link& timer_wheel::slot(int level, std::uint64_t index) const noexcept {
  return slots_[static_cast<std::uint64_t>(level) * slots + (index & (slots - 1))];
}

/// Rounds up, so that no timer is called early.
std::uint64_t timer_wheel::tick_at_or_after(time_point t) const noexcept {
  if (t <= start_) return 0;
  return static_cast<std::uint64_t>((t - start_ - duration(1)) / tick) + 1;
}

time_point timer_wheel::time_of(std::uint64_t tick_number) const noexcept {
  return start_ + tick * static_cast<std::int64_t>(tick_number);
}

time_point timer_wheel::insert(timer& t, time_point due, time_point now) noexcept {
  if (size_ == 0 && now > time_of(now_tick_))
    now_tick_ = static_cast<std::uint64_t>((now - start_) / tick);
  t.due_ = due;
  ++size_;
  return time_of(place(t));
}

void timer_wheel::erase(timer& t) noexcept {
  if (t.next == nullptr) return;
  unlink(t);
  --size_;
}

/// A timer further away than the top level reaches waits in its last slot and is placed anew there.
std::uint64_t timer_wheel::place(timer& t) noexcept {
  constexpr std::uint64_t reach = std::uint64_t{1} << (level_bits * levels);
  std::uint64_t due = tick_at_or_after(t.due_);
  if (due <= now_tick_) due = now_tick_ + 1;
  if (due - now_tick_ >= reach) due = now_tick_ + reach - 1;
  int level = 0;
  while ((due - now_tick_) >> (level_bits * (level + 1)) != 0) ++level;
  push_back(slot(level, due >> (level_bits * level)), t);
  return level == 0 ? due : (now_tick_ | (slots - 1)) + 1;
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
    while (!empty(moved)) {
      auto& t = static_cast<timer&>(*moved.next);
      unlink(t);
      // A timer due exactly now belongs into the slot that is about to be expired.
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
}

void timer_wheel::advance(time_point now, std::vector<timer*>& take) {
  const auto target = now <= start_ ? 0 : static_cast<std::uint64_t>((now - start_) / tick);
  while (now_tick_ < target) {
    if (size_ == 0) {
      now_tick_ = target;
      return;
    }
    ++now_tick_;
    cascade();
    expire_slot(take);
  }
}

time_point timer_wheel::next_wake() const noexcept {
  if (size_ == 0) return time_point::max();
  // The next occupied slot, or the tick at which the levels above move down.
  std::uint64_t t = now_tick_ + 1;
  while ((t & (slots - 1)) != 0 && empty(slot(0, t))) ++t;
  return time_of(t);
}

}  // namespace lifeline
