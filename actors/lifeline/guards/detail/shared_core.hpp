#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "lifeline/time/clock.hpp"

namespace lifeline::guards::detail {

/// Gives other threads access to an actor's core while the actor lives.
template <class Core>
class core_window {
 public:
  /// Runs `f(core, now)` and returns its result; empty if there is no actor.
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

/// An actor's core, shared with other threads through a window. All use one lock, and the time is
/// read under it, so the core's time never goes back. The window closes with the actor, unless a
/// successor has opened it already.
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

  /// Runs `f(core, now)`; `f` must not send messages or call back.
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

}  // namespace lifeline::guards::detail
