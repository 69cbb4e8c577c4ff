#pragma once

#include <cassert>
#include <functional>
#include <memory>

#include "lifeline/context/context.hpp"

namespace lifeline {

/// Observes the end of a context; a base for the library's own parts and for extensions. `ended`
/// runs on the canceller's thread, after the context and all below it are done. It must be short
/// and must not block. It must be owned by a `std::shared_ptr`, which keeps it alive during the
/// call; otherwise `ended` is never called.
class context_watcher : private detail::dependent,
                        public std::enable_shared_from_this<context_watcher> {
 public:
  context_watcher()
      : dependent([](dependent& d) noexcept { return static_cast<context_watcher&>(d).retain(); }) {
  }
  virtual ~context_watcher() { unwatch(); }

  /// Watches `ctx`; once per object. False if `ctx` is already done (`ended` won't run).
  bool watch(const context& ctx) {
    assert(node_ == nullptr && "a watcher watches one context only; make another watcher");
    assert(!weak_from_this().expired() && "a watcher must be owned by a std::shared_ptr");
    ctx_ = ctx;
    node_ = &ctx_.node();
    return node_->link(*this);
  }
  /// True if it prevented `ended`; false if `ended` has run, runs, or was never to run. Call it on
  /// the thread that called `watch`, or ordered after it.
  bool unwatch() noexcept { return node_ != nullptr && node_->unlink(*this); }

  const context& ctx() const noexcept { return ctx_; }

 protected:
  virtual void ended(errc e) noexcept = 0;

 private:
  bool retain() noexcept {
    retained_ = weak_from_this().lock();
    return retained_ != nullptr;
  }
  void context_ended(errc e) noexcept final {
    const auto self = std::move(retained_);
    ended(e);
  }

  context ctx_{static_cast<detail::view*>(nullptr)};  // empty until `watch`
  detail::node* node_ = nullptr;
  std::shared_ptr<context_watcher> retained_;
};

namespace detail {
class after_func_watcher;
}

/// The handle of an `after_func`, to prevent the call. Dropping it changes nothing.
class after_func_handle {
 public:
  after_func_handle() = default;
  explicit after_func_handle(std::shared_ptr<detail::after_func_watcher> w) noexcept
      : watcher_(std::move(w)) {}
  /// True if it prevented the call of `f`. False if stopped before, or if the context was done:
  /// then `f` has run, runs or will run soon. Safe from any thread.
  bool stop() const noexcept;

 private:
  std::shared_ptr<detail::after_func_watcher> watcher_;
};

/// Runs `f` once after `ctx` is done, on its clock's thread, never inside `cancel()`. If `ctx` is
/// done already, `f` runs at once, but not inside this call. `f` must be short and must not throw.
after_func_handle after_func(const context& ctx, std::function<void()> f);

/// For plain threads: blocks until `ctx` is done.
void wait(const context& ctx);
/// Blocks until `ctx` is done (true) or `d` has passed on the machine's clock (false).
/// `duration::max()`: no limit.
bool wait_for(const context& ctx, duration d);
template <class Rep, class Period>
bool wait_for(const context& ctx, std::chrono::duration<Rep, Period> d) {
  return wait_for(ctx, saturating_cast(d));
}

}  // namespace lifeline
