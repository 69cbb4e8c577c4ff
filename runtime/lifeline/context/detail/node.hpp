#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "lifeline/context/detail/view.hpp"
#include "lifeline/context/error.hpp"
#include "lifeline/time/clock.hpp"

namespace lifeline::detail {

/// A one-word lock (0 free, 1 held, 2 held and waited for; Drepper, "Futexes are tricky").
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

/// Something that ends with a context: a child or a watcher. Its node links it without owning it.
/// The node retains it before calling it; it unlinks itself before it is freed.
class dependent {
 public:
  dependent(const dependent&) = delete;
  dependent& operator=(const dependent&) = delete;

 protected:
  /// Takes a reference, or returns false if the last one is gone. Called under the node's lock,
  /// perhaps while a destructor waits for that lock; so it is not a virtual function.
  using retainer = bool (*)(dependent&) noexcept;

  explicit dependent(retainer retain) noexcept : retain_(retain) {}
  ~dependent() = default;

 private:
  friend class node;
  /// This object if it is a node; called only while retained.
  virtual node* as_node() noexcept { return nullptr; }
  /// Called once, without locks, on the canceller's thread; releases the retained reference.
  virtual void context_ended(errc e) noexcept = 0;

  const retainer retain_;
  dependent* prev_ = this;  // itself: unlinked
  dependent* next_ = nullptr;
};

/// One node of the tree of contexts. It ends once, ends its dependents, and has a deadline. A child
/// holds a reference to its parent; a parent only links its children. One allocation for every kind
/// of context.
///
/// Locks are taken from the root downwards, and the clock's never inside them.
class node final : public view, public dependent, public timer {
 public:
  /// A root: never done, on `time`'s clock, with the values of `values_from` if given.
  explicit node(clock& time, const view* values_from = nullptr, kind k = kind::node);
  /// A child of `parent` with the values of `values_from`. Its maker first arms it, if the deadline
  /// is its own, then joins it to its parent. In this order, every thread that ends it finds its
  /// timer armed.
  node(node& parent, const view& values_from, time_point deadline);
  void arm(std::shared_ptr<const error> cause, time_point now);
  void arm(std::shared_ptr<const error> cause) { arm(std::move(cause), time_.now()); }
  /// Links it to its parent; if the parent is done, the child ends.
  void join() noexcept;

  errc state() const noexcept { return state_.load(std::memory_order_acquire); }
  /// The same, in one order with all sequentially consistent operations.
  errc state_in_order() const noexcept { return state_.load(); }
  error cause() const;
  time_point deadline() const noexcept { return deadline_; }
  clock& time() const noexcept { return time_; }
  bool is_root() const noexcept { return is_root_; }

  /// Ends it and its dependents, before it returns. Only the first call has an effect, but each
  /// call returns only after all nodes below are marked. Watchers are called while no lock is held.
  void end(errc e, std::shared_ptr<const error> cause) noexcept;

  /// Links `d`, which is not linked, to this node; false if the node is already done.
  bool link(dependent& d) noexcept;
  /// True if `d` was still linked, so that it will not be called.
  bool unlink(dependent& d) noexcept;
  /// Whether it has dependents now; for tests.
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
  bool armed_ = false;  // set before the node is shared
  small_lock lock_;     // guards the list and the step to done
  const bool is_root_;
  clock& time_;
  node* const parent_;  // holds a reference; null if the parent is a root, which never ends
  const time_point deadline_;
  dependent* first_ = nullptr;
  std::shared_ptr<const error> cause_;      // set once, before state_
  std::shared_ptr<const error> on_expiry_;  // the cause if the deadline ends it
};

}  // namespace lifeline::detail
