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

/// The context of a request: its deadline, whether and why it was cancelled, and its values.
///
///     void serve(const context& ctx, const request& r) {
///       const auto scope = with_timeout(ctx, 200ms);  // ends with ctx at the latest
///       const auto rows = store.find(scope.ctx(), r.key);  // pass on the narrower one
///       if (!rows) return refuse(r, scope.ctx().cause());  // why it ended
///       answer(r, *rows);
///     }  // the scope ends: work still running for it is cancelled
///
/// Rules of use:
///
/// - A context is an argument, always the first, or a member of the state of its one request. Never
///   store it in an object that outlives the request.
/// - Pass on the context you were given, or one made from it. A child can end before its parent,
///   never after it. A child's end affects neither its parent nor its siblings.
/// - Cancelling is a request, not a force. Code that works under a context checks `done()` between
///   steps (one atomic load), passes it to whatever waits, or watches it (`watch.hpp`).
/// - The owner of a scope can end it; code that only gets the context can't.
/// - Values are facts about the request that pass through code which does not need them: its id,
///   caller and trace. They are never parameters.
/// - Work that must outlive the request gets `without_cancel(ctx)` and a deadline of its own.
///
/// A handle is one pointer, cheap to copy, and safe from any thread. It is immutable, except that
/// it can be ended: by its deadline, by the holder of its `cancel_scope`, or by the end of a
/// parent. Contexts and scopes may be destroyed in any order; the clock must outlive them.
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

  /// Whether it has ended; one atomic load. Once true, always true.
  bool done() const noexcept { return err() != errc::none; }
  /// `canceled`, `deadline_exceeded`, or `none` while it has not ended.
  errc err() const noexcept { return node().state(); }
  /// The reason given when it ended, else `err()`.
  error cause() const { return node().cause(); }

  std::optional<time_point> deadline() const noexcept {
    const time_point t = node().deadline();
    return t == time_point::max() ? std::nullopt : std::optional(t);
  }
  /// Time left, never below zero; `duration::max()` without a deadline.
  duration remaining() const noexcept;

  /// The value, valid as long as any context that carries it; null if there is none. The key must
  /// be a long-lived object, never a temporary.
  template <class T>
  const T* value(const context_key<T>& key) const noexcept {
    const auto* values = view().values();
    return values != nullptr ? static_cast<const T*>(values->find(&key)) : nullptr;
  }
  template <class T>
  const T* value(const context_key<T>&& temporary) const = delete;

  /// The clock that measures its deadline.
  clock& time() const noexcept { return node().time(); }

  /// For the library's own parts: the node of the tree behind this handle.
  detail::node& node() const noexcept { return view().target(); }
  detail::view& view() const noexcept {
    assert(view_ != nullptr && "this context was moved from; it can't be used");
    return *view_;
  }
  /// Takes over one reference.
  explicit context(detail::view* owned) noexcept : view_(owned) {}

 private:
  detail::view* view_;  // null only after a move
};

/// A root for work without a request: never done, no values, on the process's clock.
context background();
/// The same; use it where the right context is not known yet.
context todo();
/// A root on a clock of its own.
context background(clock& time);

/// Owns the end of a context. Its destructor cancels the context, so none is left running; move the
/// scope into the object that must outlive this block. An unnamed scope ends, with its context, at
/// the end of its statement.
///
/// Cancelling is safe from any thread, also concurrently with other calls and with the deadline.
/// The first one sets the error and the cause, for this context and all below it.
class [[nodiscard]] cancel_scope {
 public:
  explicit cancel_scope(context ctx) noexcept : ctx_(std::move(ctx)), owns_(true) {}
  cancel_scope(cancel_scope&& other) noexcept
      : ctx_(std::move(other.ctx_)), owns_(std::exchange(other.owns_, false)) {}
  cancel_scope& operator=(cancel_scope&& other) noexcept;
  ~cancel_scope() { cancel(); }

  const context& ctx() const noexcept { return ctx_; }
  /// Ends the context and, before it returns, every context made from it. Repeated calls, and calls
  /// after the deadline, do nothing; a concurrent call returns when the tree below is done, too.
  /// Does not wait for the work itself to stop.
  void cancel() noexcept;
  void cancel(error cause);

 private:
  context ctx_;
  bool owns_;
};

/// These functions make a child of `parent`. It has the parent's values and ends with the parent at
/// the latest. A child of a done context is done from the start, for the same reason. One
/// allocation each.
cancel_scope with_cancel(const context& parent);
/// Ends at `t`, or with its parent, whichever is first.
cancel_scope with_deadline(const context& parent, time_point t);
/// The same; `cause` is the value of `ctx.cause()` if the deadline ended it.
cancel_scope with_deadline(const context& parent, time_point t, error cause);
/// Ends after `d`; at once if `d` is zero or less. The largest `d`, in any unit, is no limit.
cancel_scope with_timeout(const context& parent, duration d);
cancel_scope with_timeout(const context& parent, duration d, error cause);
template <class Rep, class Period>
cancel_scope with_timeout(const context& parent, std::chrono::duration<Rep, Period> d) {
  return with_timeout(parent, saturating_cast(d));
}
template <class Rep, class Period>
cancel_scope with_timeout(const context& parent, std::chrono::duration<Rep, Period> d,
                          error cause) {
  return with_timeout(parent, saturating_cast(d), std::move(cause));
}

/// The same values without deadline or cancellation, for work that must outlive the request that
/// started it. Give it an end of its own: `with_timeout(without_cancel(ctx), 5s)`.
context without_cancel(const context& parent);

/// The same context with one more value; it hides an earlier value of the same key. Look-up cost
/// does not depend on the number of values or the depth. Adding one copies the table of the earlier
/// ones (16 bytes each, twice), so use few values per context.
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
