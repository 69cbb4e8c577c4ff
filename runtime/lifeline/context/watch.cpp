#include "lifeline/context/watch.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>

namespace lifeline {

/// Holds itself until the context ends or the handle is stopped.
class detail::after_func_watcher final : public context_watcher {
 public:
  explicit after_func_watcher(std::function<void()> f) : f_(std::move(f)) {}
  void hold(std::shared_ptr<after_func_watcher> self) { self_ = std::move(self); }
  bool stop() noexcept {
    if (!unwatch()) return false;
    self_.reset();
    return true;
  }

 protected:
  void ended(errc) noexcept override {
    ctx().time().post(std::move(f_));
    self_.reset();
  }

 private:
  std::function<void()> f_;
  std::shared_ptr<after_func_watcher> self_;
};

bool after_func_handle::stop() noexcept {
  const auto w = watcher_.lock();
  return w && w->stop();
}

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
  auto w = std::make_shared<detail::after_func_watcher>(f);
  w->hold(w);
  if (w->watch(ctx)) return after_func_handle(w);
  w->hold(nullptr);
  ctx.time().post(std::move(f));
  return {};
}

void wait(const context& ctx) { block_until_done(ctx, std::nullopt); }

bool wait_for(const context& ctx, duration d) {
  block_until_done(ctx, d);
  return ctx.done();
}

}  // namespace lifeline
