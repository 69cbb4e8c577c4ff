#include "lifeline/actor/detail/ask_watcher.hpp"

namespace lifeline::detail {

/// The watcher that this thread used last.
class thread_watcher {
 public:
  thread_watcher() = default;
  thread_watcher(const thread_watcher&) = delete;
  thread_watcher& operator=(const thread_watcher&) = delete;
  ~thread_watcher() {
    if (kept_ != nullptr) kept_->release();
  }

  ask_watcher* find(caf::actor_control_block* asker, const context& ctx) {
    if (kept_ != nullptr && kept_->serves(asker, ctx)) return kept_;
    if (kept_ == nullptr || !is_idle(*kept_)) replace();
    return kept_->start(asker, ctx) ? kept_ : nullptr;
  }

 private:
  /// Its last asks may have ended on another thread: their work is visible here then.
  static bool is_idle(const ask_watcher& w) noexcept {
    return w.owners_.load(std::memory_order_acquire) == 1;
  }
  void replace() {
    auto* const fresh = new ask_watcher;
    if (kept_ != nullptr) kept_->release();
    kept_ = fresh;
  }

  ask_watcher* kept_ = nullptr;
};

ask_watcher* ask_watcher::find(caf::actor_control_block* asker, const context& ctx) {
  thread_local thread_watcher mine;
  return mine.find(asker, ctx);
}

/// If it serves this asker, then this thread runs the asker, and sees the rest.
bool ask_watcher::serves(const caf::actor_control_block* asker, const context& ctx) const noexcept {
  return asker_.load(std::memory_order_relaxed) == asker &&
         node_.load(std::memory_order_relaxed) == &ctx.node() && taken_ != all_taken;
}

/// False if the context is done.
bool ask_watcher::start(caf::actor_control_block* asker, const context& ctx) noexcept {
  held_ = caf::strong_actor_ptr(asker);
  node& watched = ctx.node();
  watched.add_ref();
  ctx_ = context(static_cast<view*>(&watched));  // without the values of the first ask
  if (!watched.link(*this)) {
    held_ = nullptr;
    ctx_ = context(static_cast<view*>(nullptr));
    return false;
  }
  owners_.fetch_add(1, std::memory_order_relaxed);
  asker_.store(asker, std::memory_order_relaxed);
  node_.store(&watched, std::memory_order_relaxed);
  return true;
}

void ask_watcher::stop() noexcept {
  ctx_.node().unlink(*this);
  asker_.store(nullptr, std::memory_order_relaxed);
  node_.store(nullptr, std::memory_order_relaxed);
  // Taken out first: the last handle of the asker may end it, and with it other asks.
  const auto asker = std::exchange(held_, nullptr);
  const auto ctx = std::exchange(ctx_, context(static_cast<view*>(nullptr)));
  release();
}

/// Called under the node's lock, while linked: asks are open, so the asker is held. `stop` unlinks
/// under that lock and so sees the reference.
bool ask_watcher::retain_watcher(dependent& d) noexcept {
  auto& me = static_cast<ask_watcher&>(d);
  me.owners_.fetch_add(1, std::memory_order_relaxed);
  me.told_ = me.held_;
  return true;
}

void ask_watcher::context_ended(errc e) noexcept {
  const auto asker = std::exchange(told_, nullptr);
  for (auto& a : answers_)
    if (const std::uint64_t id = a.load(); id != 0)
      put(asker, nullptr, caf::make_message_id(id), nullptr, to_caf(e));
  release();
}

void ask_watcher::release() noexcept {
  if (owners_.load(std::memory_order_acquire) == 1 ||
      owners_.fetch_sub(1, std::memory_order_acq_rel) == 1)
    delete this;
}

}  // namespace lifeline::detail
