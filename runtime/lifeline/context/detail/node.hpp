#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "lifeline/context/error.hpp"
#include "lifeline/context/values.hpp"
#include "lifeline/time/clock.hpp"

namespace lifeline::detail {

/// A lock of one word (0 free, 1 held, 2 held and waited for; Drepper, "Futexes are tricky").
/// Sections under it are a few instructions long and never block.
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
    while (word_.exchange(2, std::memory_order_acquire) != 0) word_.wait(2, std::memory_order_relaxed);
  }
  std::atomic<std::uint32_t> word_{0};
};

class node;

/// What ends with a context: a child, or someone who watches. Linked into its node without owning
/// or being owned: before it is called it is retained, before it is freed it unlinks itself.
class dependent {
 public:
  dependent(const dependent&) = delete;
  dependent& operator=(const dependent&) = delete;

 protected:
  dependent() = default;
  ~dependent() = default;

 private:
  friend class node;
  /// False if the last reference is already gone. Called under the node's lock.
  virtual bool retain() noexcept = 0;
  /// Called once, without locks, on the canceller's thread; gives the retained reference back.
  virtual void context_ended(errc e, const std::shared_ptr<const error>& cause) noexcept = 0;

  dependent* prev_ = nullptr;
  dependent* next_ = nullptr;
};

/// What a context handle points to: a node, or a view of one with other values.
struct view {
  enum class kind : std::uint8_t { node, values };

  view(kind k, node* n, std::shared_ptr<const value_table> v)
      : what(k), target(n), values(std::move(v)) {}
  view(const view&) = delete;
  view& operator=(const view&) = delete;

  void add_ref() noexcept { refs.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept;

  std::atomic<std::uint32_t> refs{1};
  const kind what;
  node* const target;  // itself if it is a node, else held by a reference
  const std::shared_ptr<const value_table> values;

 protected:
  ~view() = default;
};

/// One point of the tree of contexts: ends once, ends what hangs on it, knows its deadline.
class node final : public view, public dependent, public timer {
 public:
  /// A root: never done, on `time`'s clock.
  explicit node(clock& time);
  /// A child of `parent` with the values of `values_from`; born dead under a dead parent.
  node(node& parent, const view& values_from, time_point deadline);

  errc state() const noexcept { return state_.load(std::memory_order_acquire); }
  error cause() const;
  time_point deadline() const noexcept { return deadline_; }
  clock& time() const noexcept { return time_; }

  /// Ends it, and all that hangs on it before it returns; only the first call does anything.
  void end(errc e, std::shared_ptr<const error> cause) noexcept;

  /// Hangs `d` on this node; false if the node is already done.
  bool link(dependent& d) noexcept;
  /// True if `d` was still linked, so that it will not be called.
  bool unlink(dependent& d) noexcept;

  void arm(std::shared_ptr<const error> cause);

 private:
  friend struct view;
  ~node();
  void destroy() noexcept;

  bool retain() noexcept override;
  void context_ended(errc e, const std::shared_ptr<const error>& cause) noexcept override;
  void expire() noexcept override;

  bool is_root() const noexcept { return parent_ == nullptr; }
  dependent* take_first() noexcept;

  std::atomic<errc> state_{errc::none};
  std::atomic<bool> armed_{false};
  mutable small_lock lock_;
  clock& time_;
  node* const parent_;  // held by a reference
  const time_point deadline_;
  dependent* first_ = nullptr;
  std::shared_ptr<const error> cause_;     // set once, before state_
  std::shared_ptr<const error> on_expiry_;  // the cause if the deadline ends it
};

}  // namespace lifeline::detail
