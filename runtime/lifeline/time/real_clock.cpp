#include "lifeline/time/real_clock.hpp"

#include <algorithm>
#include <utility>

namespace lifeline {

namespace {

/// The wheel in which this thread arms timers; changes when another thread uses it.
std::uint16_t& own_shard() {
  static std::atomic<std::uint16_t> next{0};
  thread_local std::uint16_t own = next.fetch_add(1, std::memory_order_relaxed);
  return own;
}

}  // namespace

real_clock::real_clock() : sleeps_until_(time_point::max().time_since_epoch().count()) {
  for (auto& s : shards_) s = std::make_unique<shard>(now());
  thread_ = std::thread([this] { run(); });
}

real_clock::~real_clock() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

time_point real_clock::now() const noexcept { return std::chrono::steady_clock::now(); }

wall_time real_clock::wall_now() const noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// Two busy threads that collide once are separated for good: waiting for each other's lock at
/// every timer would cost five times as much as arming.
std::unique_lock<std::mutex> real_clock::lock_own_shard(std::uint16_t& index) {
  std::uint16_t& own = own_shard();
  index = own % shard_count;
  std::unique_lock lock(shards_[index]->mutex, std::try_to_lock);
  if (lock) return lock;
  index = ++own % shard_count;
  return std::unique_lock(shards_[index]->mutex);
}

void real_clock::arm(timer& t, time_point due, time_point now) {
  time_point wake;
  {
    const auto lock = lock_own_shard(t.shard_);
    wake = shards_[t.shard_]->wheel.insert(t, due, now);
  }
  // The wheel's lock orders this with the clock thread's check: either that thread saw this timer,
  // or we see that its sleep time is reset.
  if (wake.time_since_epoch().count() < sleeps_until_.load(std::memory_order_relaxed))
    wake_by(wake);
}

void real_clock::disarm(timer& t) noexcept {
  shard& s = *shards_[t.shard_];
  const std::lock_guard lock(s.mutex);
  s.wheel.erase(t);
}

void real_clock::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
  }
  wake_.notify_one();
}

std::size_t real_clock::armed() const {
  std::size_t all = 0;
  for (const auto& s : shards_) {
    const std::lock_guard lock(s->mutex);
    all += s->wheel.size();
  }
  return all;
}

void real_clock::wake_by(time_point due) {
  {
    const std::lock_guard lock(mutex_);
    if (due.time_since_epoch().count() >= sleeps_until_.load(std::memory_order_relaxed)) return;
    sleeps_until_.store(due.time_since_epoch().count(), std::memory_order_relaxed);
  }
  wake_.notify_one();
}

/// Expires due timers in all wheels; returns the time of the next check.
time_point real_clock::expire_due() {
  time_point next = time_point::max();
  for (auto& s : shards_) {
    {
      const std::lock_guard lock(s->mutex);
      s->wheel.advance(now(), due_);
      next = std::min(next, s->wheel.next_wake());
    }
    for (timer* t : due_) t->expire();
    due_.clear();
  }
  return next;
}

/// Runs the tasks present now, not those that they post, so that timers run in between.
void real_clock::run_posted(std::unique_lock<std::mutex>& lock) {
  auto tasks = std::exchange(posted_, {});
  lock.unlock();
  for (; !tasks.empty(); tasks.pop_front()) tasks.front()();
  lock.lock();
}

void real_clock::run() {
  std::unique_lock lock(mutex_);
  while (!stop_ || !posted_.empty()) {
    if (!posted_.empty()) run_posted(lock);
    // While the wheels are read, arming must not rely on a later check of the thread.
    sleeps_until_.store(time_point::max().time_since_epoch().count(), std::memory_order_relaxed);
    lock.unlock();
    const time_point next = expire_due();
    lock.lock();
    if (next.time_since_epoch().count() < sleeps_until_.load(std::memory_order_relaxed))
      sleeps_until_.store(next.time_since_epoch().count(), std::memory_order_relaxed);
    if (stop_ || !posted_.empty()) continue;
    const auto until = time_point(duration(sleeps_until_.load(std::memory_order_relaxed)));
    if (until == time_point::max()) {
      wake_.wait(lock);
    } else if (until > now()) {
      wake_.wait_until(lock, until);
    }
  }
}

clock& process_clock() {
  // Never destroyed: contexts may outlive static destruction.
  static real_clock* const the_clock = new real_clock;
  return *the_clock;
}

}  // namespace lifeline
