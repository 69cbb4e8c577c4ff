#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "lifeline/actor/caf.hpp"

namespace lifeline::detail {

class ask_watcher;

/// Ends the watch and frees the watcher: now, or when a canceller that is calling it returns.
struct end_watch {
  void operator()(ask_watcher* w) const noexcept;
};
using ask_watch = std::unique_ptr<ask_watcher, end_watch>;

/// Ends a wait: when the context is done, sends the asker an error under the request's id. CAF
/// handles whichever comes first, answer or error, and drops the other. It holds the asker, so an
/// asker with an open ask lives until the ask ends, as with CAF's own requests.
///
/// There is one watcher per ask, so it is a leaner `context_watcher`: one allocation, and
/// references are counted only while a canceller calls it. Otherwise the asker is its only owner.
class ask_watcher final : private dependent {
 public:
  /// A watcher of `ctx` for the answer `answer_id` of `asker`; it starts with `watch`.
  static ask_watch make(caf::strong_actor_ptr asker, caf::message_id answer_id,
                        const context& ctx) {
    return ask_watch(new ask_watcher(std::move(asker), answer_id, ctx));
  }

  /// False if the context is done already: then no error is sent.
  bool watch() noexcept { return ctx_.node().link(*this); }
  /// No error is sent any more, unless one is on its way.
  void unwatch() noexcept { ctx_.node().unlink(*this); }

 private:
  friend struct end_watch;

  ask_watcher(caf::strong_actor_ptr asker, caf::message_id answer_id, const context& ctx)
      : dependent([](dependent& d) noexcept { return static_cast<ask_watcher&>(d).retain(); }),
        asker_(std::move(asker)),
        answer_id_(answer_id),
        ctx_(ctx) {}
  ~ask_watcher() = default;

  /// Called under the node's lock, and only while linked. The owner unlinks under that lock, so it
  /// sees the reference.
  bool retain() noexcept {
    owners_.store(2, std::memory_order_relaxed);
    return true;
  }
  void context_ended(errc e) noexcept override {
    put(asker_, nullptr, answer_id_, nullptr, to_caf(e));
    release();
  }
  void release() noexcept {
    if (owners_.load(std::memory_order_acquire) == 1 ||
        owners_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete this;
  }

  const caf::strong_actor_ptr asker_;
  const caf::message_id answer_id_;
  const context ctx_;
  std::atomic<std::uint32_t> owners_{1};
};

inline void end_watch::operator()(ask_watcher* w) const noexcept {
  w->unwatch();
  w->release();
}

}  // namespace lifeline::detail
