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
  return std::chrono::floor<std::chrono::milliseconds>(wall_);
}

void manual_clock::arm(timer& t, time_point due, time_point) {
  const std::lock_guard lock(mutex_);
  t.due_ = due;
  const place where{due, armed_so_far_++};
  timers_.emplace(where, &t);
  places_.insert_or_assign(&t, where);
}

void manual_clock::disarm(timer& t) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(&t);
  if (found == places_.end()) return;
  timers_.erase(found->second);
  places_.erase(found);
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

void manual_clock::move_to(time_point t) {
  if (t <= now_) return;
  wall_ = time_after(wall_, t - now_);
  now_ = t;
}

bool manual_clock::expire_next(time_point limit) {
  timer* due = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto first = timers_.begin();
    if (first == timers_.end() || first->first.first > limit) return false;
    move_to(first->first.first);
    if (first->second->retain()) due = first->second;
    places_.erase(first->second);
    timers_.erase(first);
  }
  if (due != nullptr) due->expire();
  return true;
}

void manual_clock::advance(duration d) {
  const time_point end = time_after(now(), d);
  run_posted();
  while (expire_next(end)) run_posted();
  const std::lock_guard lock(mutex_);
  move_to(end);
}

void manual_clock::jump_wall(std::chrono::milliseconds d) {
  const std::lock_guard lock(mutex_);
  wall_ = time_after(wall_, d);
}

std::size_t manual_clock::armed() const {
  const std::lock_guard lock(mutex_);
  return timers_.size();
}

}  // namespace lifeline
