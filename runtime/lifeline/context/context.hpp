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
///     void serve(const context& ctx, const request& r) {
///       const auto scope = with_timeout(ctx, 200ms);  // at most this, never past the end of ctx
///       const auto rows = store.find(scope.ctx(), r.key);  // hand on the narrower one
///       if (!rows) return refuse(r, scope.ctx().cause());  // it says why it ended
///       answer(r, *rows);
///     }  // the scope is gone: what is still under way for it ends here
///
/// How to use contexts well:
///
/// - A context is an argument, always the first; or it lives in the state of the one request
///   that it belongs to. It is never kept in an object that outlives the request.
/// - Hand on the context you were given, or one made from it. A child can end sooner than its
///   parent, never later; its end touches neither its parent nor its siblings.
/// - Ending is asked for, not forced. Who works under a context looks at `done()` between steps
///   (a load), hands it on to whatever waits, or has itself told (`watch.hpp`).
/// - Whoever makes a scope owns that end; whoever only gets the context can't end it.
/// - Values are facts about the request that pass through code which need not know them: its
///   id, its caller, its trace. They are never parameters.
/// - Work that must outlive the request gets `without_cancel(ctx)`, and a deadline of its own.
///
/// A handle is one pointer, cheap to copy, and safe to use from any thread. It is immutable but
/// for being ended, and ending comes from above only: from the holder of a `cancel_scope`, or
/// from the clock. Contexts and scopes may go in any order; the clock must outlive them.
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

  /// The value, valid as long as any context that carries it; null if there is none. The key is an
  /// object that lives, never a temporary.
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

/// Owns the end of a context: whoever holds the scope ends the work. Its destructor cancels, so
/// a context can't be forgotten; move the scope into what must outlive this block. A scope
/// without a name is over at the end of its statement, and its context with it.
///
/// Cancelling is safe from any thread, also at once with others and with the deadline: the first
/// to come gives the error and the cause, for this context and all below it.
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

/// Each of these makes a child of `parent`: with its values, ended with it, no later than it. A
/// child of a context that is done is born done, for the same reason. One allocation each.
cancel_scope with_cancel(const context& parent);
/// Ends at `t` at the latest, or with its parent, whichever comes first.
cancel_scope with_deadline(const context& parent, time_point t);
/// The same; `cause` is what `ctx.cause()` gives if it was the deadline that ended it.
cancel_scope with_deadline(const context& parent, time_point t, error cause);
/// Ends when `d` has passed; at once if it is zero or less. The largest `d`, in whatever unit, is
/// no limit.
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

/// The same values, but no deadline, and nothing can end it: for work that must outlive the request
/// that began it. Give that an end of its own: `with_timeout(without_cancel(ctx), 5s)`.
context without_cancel(const context& parent);

/// The same life with one more value; one under the same key is hidden. Looking up costs the same
/// however many there are, and whatever lies between; adding one copies the table of those before
/// it (16 bytes each, twice), so a context is for a handful, not for a catalogue.
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
