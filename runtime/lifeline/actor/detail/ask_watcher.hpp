#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "lifeline/actor/caf.hpp"

namespace lifeline::detail {

/// Ends waits: when its context is done, sends the asker an error under the id of each ask that is
/// open in it. CAF handles whichever comes first, answer or error, and drops the other.
///
/// One per actor and context, not one per ask: each thread keeps the watcher that it used last, so
/// asks in the same context take places in it, without a lock or an allocation; without asks it
/// serves the next context. While asks are open it holds the asker, which therefore lives until
/// they end, as with CAF's own requests.
class ask_watcher final : private dependent {
 public:
  static constexpr std::size_t places = 16;

  /// A watcher with a free place, used by this thread; null if `ctx` is done. `ctx` is no root.
  static ask_watcher* find(caf::actor_control_block* asker, const context& ctx);

  /// Takes a free place for the ask with this answer.
  std::size_t take(caf::message_id answer) noexcept {
    const auto place = static_cast<std::size_t>(std::countr_one(taken_));
    taken_ |= 1U << place;
    // Sequentially consistent, as the step of the node to done: either the canceller finds the
    // ask, or the asker sees that the context is done.
    answers_[place].store(answer.integer_value());
    return place;
  }
  bool ended() const noexcept { return ctx_.node().state_in_order() != errc::none; }
  /// No error is sent for this ask any more, unless one is on its way.
  void close(std::size_t place) noexcept { answers_[place].store(0, std::memory_order_relaxed); }
  /// After the last ask it watches nothing, and may be freed.
  void give_back(std::size_t place) noexcept {
    taken_ &= ~(1U << place);
    if (taken_ == 0) stop();
  }

 private:
  friend class thread_watcher;

  ask_watcher() : dependent(retain_watcher) {}
  ~ask_watcher() = default;

  static bool retain_watcher(dependent& d) noexcept;
  void context_ended(errc e) noexcept override;
  bool serves(const caf::actor_control_block* asker, const context& ctx) const noexcept;
  bool start(caf::actor_control_block* asker, const context& ctx) noexcept;
  void stop() noexcept;
  void release() noexcept;

  static constexpr std::uint32_t all_taken = (1U << places) - 1;

  // Read by the thread that keeps the watcher, whose asker may be busy on another thread.
  std::atomic<caf::actor_control_block*> asker_{nullptr};
  std::atomic<const node*> node_{nullptr};

  // Used by the asker only.
  std::uint32_t taken_ = 0;
  caf::strong_actor_ptr held_;
  context ctx_{static_cast<view*>(nullptr)};

  std::array<std::atomic<std::uint64_t>, places> answers_{};
  caf::strong_actor_ptr told_;            // used by the canceller
  std::atomic<std::uint32_t> owners_{1};  // the thread, open asks, a canceller
};

/// Watches an ask until it is answered or dropped.
class ask_watch {
 public:
  ask_watch() = default;
  ask_watch(ask_watch&& other) noexcept
      : watcher_(std::exchange(other.watcher_, nullptr)), place_(other.place_) {}
  ask_watch& operator=(ask_watch other) noexcept {
    std::swap(watcher_, other.watcher_);
    std::swap(place_, other.place_);
    return *this;
  }
  ~ask_watch() {
    if (watcher_ == nullptr) return;
    watcher_->close(place_);
    watcher_->give_back(place_);
  }

  /// Watches `ctx` for the ask with this answer, called on its asker; once per object. False if
  /// the context is done: then the asker itself must end the ask.
  bool begin(caf::actor_control_block* asker, caf::message_id answer, const context& ctx) {
    if (ctx.node().is_root()) return true;
    watcher_ = ask_watcher::find(asker, ctx);
    if (watcher_ == nullptr) return false;
    place_ = watcher_->take(answer);
    return !watcher_->ended();
  }
  /// The answer is here: the end of the context sends nothing more.
  void answered() noexcept {
    if (watcher_ != nullptr) watcher_->close(place_);
  }

 private:
  ask_watcher* watcher_ = nullptr;
  std::size_t place_ = 0;
};

}  // namespace lifeline::detail
