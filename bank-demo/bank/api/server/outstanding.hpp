#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "lifeline/context/watch.hpp"

namespace bank::api {

/// Counts running work, and lets a thread wait until there is none. Safe from any thread.
class outstanding {
 public:
  void begin() noexcept { count_.fetch_add(1); }
  void end() noexcept {
    std::vector<std::shared_ptr<const void>> dropped;  // destroyed without the lock
    // Notifies under the lock: a waiter may destroy this object right after.
    const std::lock_guard lock(mutex_);
    if (count_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    dropped.swap(held_);
    changed_.notify_all();
  }
  std::size_t count() const noexcept { return count_.load(); }

  /// For callers that can't wait: drops `held` when the count is 0, at once if it is.
  void when_none(std::shared_ptr<const void> held) {
    const std::lock_guard lock(mutex_);
    if (count() != 0) held_.push_back(std::move(held));
  }
  void wait_for_none() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return count() == 0; });
  }
  /// True once the count is 0, false if `ctx` ended first.
  bool wait_for_none(const lifeline::context& ctx) {
    const auto watcher = std::make_shared<waker>(*this);
    if (watcher->watch(ctx)) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return count() == 0 || ctx.done(); });
    }
    watcher->unwatch();
    watcher->leave();
    return count() == 0;
  }

 private:
  class waker final : public lifeline::context_watcher {
   public:
    explicit waker(outstanding& of) : of_(&of) {}
    void leave() {
      const std::lock_guard lock(mutex_);
      of_ = nullptr;
    }

   private:
    void ended(lifeline::errc) noexcept override {
      const std::lock_guard lock(mutex_);
      if (of_ == nullptr) return;
      const std::lock_guard inner(of_->mutex_);
      of_->changed_.notify_all();
    }
    std::mutex mutex_;
    outstanding* of_;
  };

  std::atomic<std::size_t> count_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<const void>> held_;
};

}  // namespace bank::api
