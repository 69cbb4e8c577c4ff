#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "lifeline/context/detail/view.hpp"
#include "lifeline/context/error.hpp"
#include "lifeline/time/clock.hpp"

namespace lifeline::detail {

/// A lock of one word (0 free, 1 held, 2 held and waited for; Drepper, "Futexes are tricky").
class small_lock {
 public:
  void lock() noexcept {
    std::uint32_t free = 0;
    if (!word_.compare_exchange_strong(free, 1, std::memory_order_acquire)) lock_slowly();
  }
  void unlock() noexcept {
    if (word_.exchange(0, std::memory_order_release) == 2) word_.notify_one();
  }

 private:
  void lock_slowly() noexcept {
    while (word_.exchange(2, std::memory_order_acquire) != 0)
      word_.wait(2, std::memory_order_relaxed);
  }
  std::atomic<std::uint32_t> word_{0};
};

/// What ends with a context: a child, or someone who watches. Linked into its node without owning
/// or being owned: before it is called it is retained, before it is freed it unlinks itself.
class dependent {
 public:
  dependent(const dependent&) = delete;
  dependent& operator=(const dependent&) = delete;

 protected:
  /// Takes a reference, or answers false if the last one is already gone. Called under the node's
  /// lock, perhaps while a destructor waits for that lock; so it is no virtual function.
  using retainer = bool (*)(dependent&) noexcept;

  explicit dependent(retainer retain) noexcept : retain_(retain) {}
  ~dependent() = default;

 private:
  friend class node;
  /// Itself if it is a node; called only while retained.
  virtual node* as_node() noexcept { return nullptr; }
  /// Called once, without locks, on the canceller's thread; gives the retained reference back.
  virtual void context_ended(errc e) noexcept = 0;

  const retainer retain_;
  dependent* prev_ = this;  // itself: in no list
  dependent* next_ = nullptr;
};

/// One point of the tree of contexts: ends once, ends what hangs on it, knows its deadline. A child
/// holds its parent; a parent only knows its children. One allocation, whatever it is made for.
///
/// Locks are taken from the root downwards, and the clock's never inside them.
class node final : public view, public dependent, public timer {
 public:
  /// A root: never done, on `time`'s clock, with the values of `values_from` if it is given.
  explicit node(clock& time, const view* values_from = nullptr, kind k = kind::node);
  /// A child of `parent` with the values of `values_from`. Its maker arms it, if the deadline is
  /// its own, and then joins it to its parent, in this order: so whoever ends it finds its timer
  /// armed.
  node(node& parent, const view& values_from, time_point deadline);
  void arm(std::shared_ptr<const error> cause, time_point now);
  void arm(std::shared_ptr<const error> cause) { arm(std::move(cause), time_.now()); }
  /// A child that joins a dead parent is dead.
  void join() noexcept;

  errc state() const noexcept { return state_.load(std::memory_order_acquire); }
  error cause() const;
  time_point deadline() const noexcept { return deadline_; }
  clock& time() const noexcept { return time_; }
  bool is_root() const noexcept { return is_root_; }

  /// Ends it, and all that hangs on it before it returns; only the first call does anything, but
  /// each returns after all below is marked. Watchers are told when no lock is held any more.
  void end(errc e, std::shared_ptr<const error> cause) noexcept;

  /// Hangs `d` on this node, once in its life; false if the node is already done.
  bool link(dependent& d) noexcept;
  /// True if `d` was still linked, so that it will not be called.
  bool unlink(dependent& d) noexcept;
  /// Whether anything hangs on it now; for tests.
  bool has_dependents() noexcept;

 private:
  friend class view;
  ~node() = default;

  bool retain() noexcept override { return try_add_ref(); }  // as a timer
  void expire() noexcept override;
  node* as_node() noexcept override { return this; }
  void context_ended(errc e) noexcept override;

  bool mark(errc e, const std::shared_ptr<const error>& cause) noexcept;
  dependent** move_dependents(dependent** end_of_list) noexcept;
  void leave() noexcept;

  std::atomic<errc> state_{errc::none};
  bool armed_ = false;  // set before anyone else knows this node
  small_lock lock_;     // guards the list, and the step to being done
  const bool is_root_;
  clock& time_;
  node* const parent_;  // held by a reference; null under a root, which ends nobody
  const time_point deadline_;
  dependent* first_ = nullptr;
  std::shared_ptr<const error> cause_;      // set once, before state_
  std::shared_ptr<const error> on_expiry_;  // the cause if the deadline ends it
};

}  // namespace lifeline::detail
