#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "lifeline/context/detail/node.hpp"
#include "lifeline/context/error.hpp"
#include "lifeline/context/values.hpp"
#include "lifeline/time/clock.hpp"

namespace lifeline {

/// A request's life: its deadline, whether it was cancelled and why, and its values.
///
/// A context is an argument, always the first; or it lives in the state of the one request that it
/// belongs to. It is never kept in an object that outlives the request. Hand on the context you
/// were given, or one made from it: a child can end sooner than its parent, never later.
///
/// A handle is one pointer, cheap to copy, and safe to use from any thread. It is immutable but for
/// being ended, and ending comes from above only: whoever holds the `cancel_scope`, or the clock.
/// Values are facts about the request (its id, its caller, its trace), never parameters.
class context {
 public:
  /// The same as `background()`.
  context();
  context(const context& other) noexcept : view_(other.view_) {
    if (view_ != nullptr) view_->add_ref();
  }
  context(context&& other) noexcept : view_(std::exchange(other.view_, nullptr)) {}
  context& operator=(context other) noexcept {
    std::swap(view_, other.view_);
    return *this;
  }
  ~context() {
    if (view_ != nullptr) view_->release();
  }

  /// Is it over? One atomic load. Once true, always true.
  bool done() const noexcept { return err() != errc::none; }
  /// `canceled`, `deadline_exceeded`, or `none` while it lives.
  errc err() const noexcept { return node().state(); }
  /// The reason that was given when it ended, else `err()`.
  error cause() const { return node().cause(); }

  std::optional<time_point> deadline() const noexcept {
    const time_point t = node().deadline();
    return t == time_point::max() ? std::nullopt : std::optional(t);
  }
  /// Time left, never below zero; `duration::max()` without a deadline.
  duration remaining() const noexcept;

  /// The value, valid as long as any context that carries it; null if there is none.
  template <class T>
  const T* value(const context_key<T>& key) const noexcept {
    const auto* values = view().values();
    return values != nullptr ? static_cast<const T*>(values->find(&key)) : nullptr;
  }
  template <class T>
  const T* value(const context_key<T>&& temporary) const = delete;

  /// The clock that its deadline is measured by.
  clock& time() const noexcept { return node().time(); }

  /// For the library's own parts: the point of the tree behind this handle.
  detail::node& node() const noexcept { return view().target(); }
  detail::view& view() const noexcept {
    assert(view_ != nullptr && "this context was moved from: it is none any more");
    return *view_;
  }
  /// Takes over one reference.
  explicit context(detail::view* owned) noexcept : view_(owned) {}

 private:
  detail::view* view_;  // null only after a move
};

/// The root of what belongs to no request: never done, no values, on the process's clock.
context background();
/// The same, where it is not yet clear which context belongs here.
context todo();
/// A root on a clock of its own.
context background(clock& time);

/// Owns the end of a context: whoever holds the scope ends the work. Its destructor cancels, so a
/// context can't be forgotten; move the scope into what must outlive this block.
class [[nodiscard]] cancel_scope {
 public:
  explicit cancel_scope(context ctx) noexcept : ctx_(std::move(ctx)), owns_(true) {}
  cancel_scope(cancel_scope&& other) noexcept
      : ctx_(std::move(other.ctx_)), owns_(std::exchange(other.owns_, false)) {}
  cancel_scope& operator=(cancel_scope&& other) noexcept;
  ~cancel_scope() { cancel(); }

  const context& ctx() const noexcept { return ctx_; }
  /// Ends the context and, before it returns, every context made from it. Repeated calls, and calls
  /// after the deadline, do nothing; a concurrent one returns when the tree below is done, too.
  /// Does not wait for the work itself to stop.
  void cancel() noexcept;
  void cancel(error cause);

 private:
  context ctx_;
  bool owns_;
};

cancel_scope with_cancel(const context& parent);
/// Ends at `t` at the latest, or with its parent, whichever comes first.
cancel_scope with_deadline(const context& parent, time_point t);
cancel_scope with_deadline(const context& parent, time_point t, error cause);
cancel_scope with_timeout(const context& parent, duration d);
cancel_scope with_timeout(const context& parent, duration d, error cause);

/// The same values, but no deadline, and not ended with `parent`: for work that must outlive the
/// request that began it.
context without_cancel(const context& parent);

/// The same life with one more value; a value under the same key is hidden.
template <class T>
context with_value(const context& parent, const context_key<T>& key,
                   std::type_identity_t<T> value) {
  detail::value_view* const base = parent.view().values();
  const std::uint32_t capacity = detail::value_view::capacity_over(base);
  return context(new (capacity)
                     detail::value_of<T>(parent.node(), base, capacity, &key, std::move(value)));
}
template <class T>
context with_value(const context&, const context_key<T>&& temporary,
                   std::type_identity_t<T>) = delete;

}  // namespace lifeline
