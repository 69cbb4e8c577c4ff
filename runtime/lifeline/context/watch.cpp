#include "lifeline/context/watch.hpp"

#include <cassert>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

namespace lifeline {

/// Keeps itself alive until the context ends or the handle is stopped.
class detail::after_func_watcher final : public context_watcher {
 public:
  explicit after_func_watcher(std::function<void()> f) : f_(std::move(f)) {}

  /// False if `ctx` is done already.
  bool start(const context& ctx) {
    // A root never ends: then only the handle holds the watcher, or it would leak.
    if (!ctx.node().is_root())
      self_ = std::static_pointer_cast<after_func_watcher>(shared_from_this());
    if (watch(ctx)) return true;
    self_.reset();
    return false;
  }
  bool stop() noexcept {
    if (!unwatch()) return false;
    f_ = nullptr;
    self_.reset();
    return true;
  }

 protected:
  void ended(errc) noexcept override {
    ctx().time().post(std::exchange(f_, nullptr));
    self_.reset();
  }

 private:
  std::function<void()> f_;
  std::shared_ptr<after_func_watcher> self_;
};

bool after_func_handle::stop() const noexcept { return watcher_ && watcher_->stop(); }

namespace {

class waiting_thread final : public context_watcher {
 public:
  void block(std::optional<duration> limit) {
    std::unique_lock lock(mutex_);
    if (limit) {
      wake_.wait_for(lock, *limit, [this] { return ended_; });
    } else {
      wake_.wait(lock, [this] { return ended_; });
    }
  }

 protected:
  void ended(errc) noexcept override {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    wake_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ended_ = false;
};

void block_until_done(const context& ctx, std::optional<duration> limit) {
  const auto w = std::make_shared<waiting_thread>();
  if (w->watch(ctx)) w->block(limit);
}

}  // namespace

after_func_handle after_func(const context& ctx, std::function<void()> f) {
  assert(f && "after_func needs a function");
  auto w = std::make_shared<detail::after_func_watcher>(f);
  if (w->start(ctx)) return after_func_handle(std::move(w));
  ctx.time().post(std::move(f));
  return {};
}

void wait(const context& ctx) { block_until_done(ctx, std::nullopt); }

bool wait_for(const context& ctx, duration d) {
  // Longer durations would overflow the machine's clock; this is over a century.
  constexpr duration longest = duration::max() / 4;
  block_until_done(ctx, d < longest ? std::optional(d) : std::nullopt);
  return ctx.done();
}

}  // namespace lifeline
