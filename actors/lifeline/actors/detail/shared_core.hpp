#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "lifeline/time/clock.hpp"

namespace lifeline::actors::detail {

/// Where other threads find the core of an actor, as long as that lives.
template <class Core>
class core_window {
 public:
  /// Runs `f(core, now)`, which says something or nothing; nothing if no actor stands behind.
  template <class F>
  auto use(F f) -> std::invoke_result_t<F, Core&, time_point> {
    const std::lock_guard lock(mutex_);
    if (core_ == nullptr) return std::nullopt;
    return f(*core_, time_->now());
  }

 private:
  template <class>
  friend class shared_core;

  std::mutex mutex_;
  Core* core_ = nullptr;
  clock* time_ = nullptr;
};

/// An actor's core that others use beside it, through a window: all of them under one lock, and by
/// the time as it is under the lock, so that to the core it never goes back. The window is closed
/// when the actor goes; should its successor have opened it already, it stays that one's.
template <class Core>
class shared_core {
 public:
  template <class... Args>
  shared_core(std::shared_ptr<core_window<Core>> window, clock& time, Args&&... args)
      : window_(std::move(window)), time_(time), core_(std::forward<Args>(args)...) {
    const std::lock_guard lock(window_->mutex_);
    window_->core_ = &core_;
    window_->time_ = &time_;
  }
  shared_core(const shared_core&) = delete;
  shared_core& operator=(const shared_core&) = delete;
  ~shared_core() {
    const std::lock_guard lock(window_->mutex_);
    if (window_->core_ == &core_) window_->core_ = nullptr;
  }

  /// Runs `f(core, now)`. It must not send and not call back.
  template <class F>
  auto use(F f) {
    const std::lock_guard lock(window_->mutex_);
    return f(core_, time_.now());
  }

 private:
  const std::shared_ptr<core_window<Core>> window_;
  clock& time_;
  Core core_;
};

}  // namespace lifeline::actors::detail
