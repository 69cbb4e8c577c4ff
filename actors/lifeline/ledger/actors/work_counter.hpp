#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "lifeline/context/watch.hpp"

namespace lifeline::ledger {

/// Counts running pieces of work and lets a thread wait until there are none. Safe from any thread.
class work_counter {
  struct state {
    std::atomic<std::size_t> count{0};
    std::mutex mutex;
    std::condition_variable wake;
    std::vector<std::shared_ptr<const void>> held;

    bool idle() const noexcept { return count.load(std::memory_order_acquire) == 0; }
    /// Drops held objects without the lock: their destructors may call this counter.
    void wake_waiters() {
      std::vector<std::shared_ptr<const void>> dropped;
      const std::lock_guard lock(mutex);
      if (idle()) dropped.swap(held);
      wake.notify_all();
    }
  };

 public:
  /// One piece of work, as long as the token exists. May outlive the counter.
  class token {
   public:
    token() = default;
    token(token&& other) noexcept = default;
    token& operator=(token&& other) noexcept {
      std::swap(state_, other.state_);
      return *this;
    }
    ~token() {
      if (state_ && state_->count.fetch_sub(1, std::memory_order_acq_rel) == 1)
        state_->wake_waiters();
    }

   private:
    friend class work_counter;
    explicit token(std::shared_ptr<state> s) : state_(std::move(s)) {
      state_->count.fetch_add(1, std::memory_order_relaxed);
    }
    std::shared_ptr<state> state_;
  };

  token begin() const { return token(state_); }
  /// Without blocking: drops `held` as soon as nothing is running; at once if that is so now.
  void when_idle(std::shared_ptr<const void> held) const {
    const std::lock_guard lock(state_->mutex);
    if (!state_->idle()) state_->held.push_back(std::move(held));
  }
  std::size_t count() const noexcept { return state_->count.load(std::memory_order_acquire); }

  /// True when nothing is running; false if `ctx` ended first.
  bool wait_until_idle(const context& ctx) const {
    auto on_end = after_func(ctx, [s = state_] { s->wake_waiters(); });
    std::unique_lock lock(state_->mutex);
    state_->wake.wait(lock, [&] { return count() == 0 || ctx.done(); });
    lock.unlock();
    on_end.stop();
    return count() == 0;
  }

 private:
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

}  // namespace lifeline::ledger
