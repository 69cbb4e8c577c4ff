#pragma once

#include <cassert>
#include <functional>
#include <memory>

#include "lifeline/context/context.hpp"

namespace lifeline {

/// Hears the end of a context. For the library's own parts and those who build on them: `ended`
/// runs on the canceller's thread, when the context and all below it are done; it must be short and
/// must not block. Shared ownership (`std::shared_ptr`) keeps it alive during the call; without, it
/// is never called.
class context_watcher : private detail::dependent,
                        public std::enable_shared_from_this<context_watcher> {
 public:
  context_watcher()
      : dependent([](dependent& d) noexcept { return static_cast<context_watcher&>(d).retain(); }) {
  }
  virtual ~context_watcher() { unwatch(); }

  /// Watches `ctx`, once in this object's life; false if it is already done (`ended` won't run).
  bool watch(const context& ctx) {
    assert(node_ == nullptr && "a watcher watches once in its life: make another");
    assert(!weak_from_this().expired() &&
           "a watcher is held by a std::shared_ptr, or never called");
    ctx_ = ctx;
    node_ = &ctx_.node();
    return node_->link(*this);
  }
  /// True if it prevented `ended`; false if that has run, runs, or was never to run. From the
  /// thread that called `watch`, or ordered after it.
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

/// Says whether an `after_func` can still be prevented. Dropping it changes nothing.
class after_func_handle {
 public:
  after_func_handle() = default;
  explicit after_func_handle(std::shared_ptr<detail::after_func_watcher> w) noexcept
      : watcher_(std::move(w)) {}
  /// True if it prevented the run; false if the context was done before, so that `f` has run, runs
  /// or will soon, or if it was stopped before. Safe from any thread.
  bool stop() const noexcept;

 private:
  std::shared_ptr<detail::after_func_watcher> watcher_;
};

/// Runs `f` once after `ctx` is done, on its clock's thread, never inside `cancel()`'s caller; at
/// once (but not inside this call) if it is done already. `f` must be short and must not throw.
after_func_handle after_func(const context& ctx, std::function<void()> f);

/// For plain threads: returns when `ctx` is done.
void wait(const context& ctx);
/// Returns true when `ctx` is done, false after `d`, measured by the machine's clock;
/// `duration::max()` waits without limit.
bool wait_for(const context& ctx, duration d);
template <class Rep, class Period>
bool wait_for(const context& ctx, std::chrono::duration<Rep, Period> d) {
  return wait_for(ctx, saturating_cast(d));
}

}  // namespace lifeline
