#include "lifeline/time/manual_clock.hpp"

#include <utility>

namespace lifeline {

manual_clock::manual_clock(wall_time start) : now_(std::chrono::hours(1)), wall_(start) {}

time_point manual_clock::now() const noexcept {
  const std::lock_guard lock(mutex_);
  return now_;
}

wall_time manual_clock::wall_now() const noexcept {
  const std::lock_guard lock(mutex_);
  return wall_;
}

void manual_clock::arm(timer& t, time_point due) {
  const std::lock_guard lock(mutex_);
  t.due_ = due;
  timers_.emplace(due, &t);
}

void manual_clock::disarm(timer& t) noexcept {
  const std::lock_guard lock(mutex_);
  auto [first, last] = timers_.equal_range(t.due_);
  for (auto i = first; i != last; ++i) {
    if (i->second == &t) {
      timers_.erase(i);
      return;
    }
  }
}

void manual_clock::post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  posted_.push_back(std::move(task));
}

void manual_clock::run_posted() {
  for (;;) {
    std::function<void()> task;
    {
      const std::lock_guard lock(mutex_);
      if (posted_.empty()) return;
      task = std::move(posted_.front());
      posted_.pop_front();
    }
    task();
  }
}

bool manual_clock::expire_next(time_point limit) {
  timer* due = nullptr;
  {
    const std::lock_guard lock(mutex_);
    auto first = timers_.begin();
    if (first == timers_.end() || first->first > limit) return false;
    if (first->first > now_) {
      wall_ += std::chrono::duration_cast<std::chrono::milliseconds>(first->first - now_);
      now_ = first->first;
    }
    if (first->second->retain()) due = first->second;
    timers_.erase(first);
  }
  if (due != nullptr) due->expire();
  return true;
}

void manual_clock::advance(duration d) {
  const time_point end = now() + d;
  const wall_time wall_end = wall_now() + std::chrono::duration_cast<std::chrono::milliseconds>(d);
  run_posted();
  while (expire_next(end)) run_posted();
  const std::lock_guard lock(mutex_);
  now_ = end;
  wall_ = wall_end;
}

void manual_clock::jump_wall(std::chrono::milliseconds d) {
  const std::lock_guard lock(mutex_);
  wall_ += d;
}

std::size_t manual_clock::armed() const {
  const std::lock_guard lock(mutex_);
  return timers_.size();
}

}  // namespace lifeline
