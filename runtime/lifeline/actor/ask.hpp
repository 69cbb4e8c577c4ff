#pragma once

#include <boost/system/result.hpp>

#include <memory>
#include <type_traits>
#include <utility>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/detail/ask_watcher.hpp"
#include "lifeline/actor/wire.hpp"
#include "lifeline/observe/loss.hpp"
#include "lifeline/observe/trace.hpp"
#include "lifeline/observe/type_name.hpp"

namespace lifeline {

/// What was asked for, or why there is no answer.
template <class T>
using asked = boost::system::result<T, errc>;

namespace detail {

template <class F>
struct answer_of : answer_of<decltype(&F::operator())> {};
template <class C, class R, class A>
struct answer_of<R (C::*)(A) const> {
  using type = std::decay_t<A>;
};
template <class C, class R, class A>
struct answer_of<R (C::*)(A)> {
  using type = std::decay_t<A>;
};
template <class C, class R, class A>
struct answer_of<R (C::*)(A) const noexcept> {
  using type = std::decay_t<A>;
};
template <class C, class R, class A>
struct answer_of<R (C::*)(A) noexcept> {
  using type = std::decay_t<A>;
};

inline void end_failed(span& asking, errc why) {
  asking.fail(make_error_code(why).message());
  asking.end();
}

/// Calls one of the two handlers on `self` for the answer under `id`. Ends `asking` first; it is
/// null if the trace is not recorded.
template <class OnAnswer, class OnError>
void expect_answer(caf::event_based_actor* self, caf::message_id id, ask_watch watch,
                   OnAnswer on_answer, OnError on_error,
                   const std::shared_ptr<span>& asking = nullptr) {
  using answer = typename answer_of<OnAnswer>::type;
  static_assert(std::is_invocable_v<OnError&, errc>, "on_error must take a lifeline::errc");
  self->add_multiplexed_response_handler(
      id.response_id(),
      caf::behavior{
          [watch = std::move(watch), asking, f = std::move(on_answer)](const answer& a) mutable {
            watch.answered();  // first: `f` may end the context itself
            if (asking) asking->end();
            f(a);
          },
          [asking, f = std::move(on_error)](const caf::error& e) mutable {
            const errc why = from_caf(e);
            if (asking) end_failed(*asking, why);
            f(why);
          }});
}

/// The span of this ask, if its trace is recorded.
template <class Message>
std::shared_ptr<span> span_of_ask(const context& ctx) {
  span asking = span_of(ctx, "ask ", short_type_name<Message>());
  return asking ? std::make_shared<span>(std::move(asking)) : nullptr;
}

/// The asker sends itself the error, so that no handler runs inside `then`.
inline void refuse(caf::event_based_actor* self, caf::message_id id, errc e) {
  put(self->ctrl(), nullptr, id.response_id(), self->context(), to_caf(e));
}

}  // namespace detail

/// A request that `then` sends. It refers to the arguments of `ask` (a temporary `Handle` is
/// copied): call `then` in the same expression.
template <class Handle, class Message>
class [[nodiscard]] pending_ask {
 public:
  pending_ask(caf::event_based_actor* self, const context& ctx, Handle target, Message message)
      : self_(self),
        ctx_(ctx),
        target_(std::forward<Handle>(target)),
        message_(std::move(message)) {}

  /// Sends the request. Exactly one of the two handlers is called later, on this actor, unless the
  /// actor dies first: `on_answer(const Answer&)` or `on_error(lifeline::errc)`. Errors: `canceled`
  /// or `deadline_exceeded` once the context is done (if it is done already, nothing is sent);
  /// `unreachable` if the target is gone or null; `broken_promise` if the answer has another type.
  /// The error for a done context queues in the mailbox behind earlier messages. If the context's
  /// trace is recorded, the ask is a span, and the target's work lies within it.
  template <class OnAnswer, class OnError>
  void then(OnAnswer on_answer, OnError on_error) && {
    const auto id = self_->new_request_id(caf::message_priority::normal);
    detail::ask_watch watch;
    auto asking = detail::span_of_ask<Message>(ctx_);
    if (!watch.begin(self_->ctrl(), id.response_id(), ctx_)) {
      if (const auto* sent = ctx_.value(detail::offer_key)) sent->refuse(ctx_.err());
      detail::refuse(self_, id, ctx_.err());
    } else if (!target_) {
      detail::refuse(self_, id, errc::unreachable);
    } else {
      put(caf::actor_cast<caf::actor_control_block*>(target_), self_->ctrl(), id, self_->context(),
          asking ? asking->under(ctx_) : ctx_, std::move(message_));
    }
    detail::expect_answer(self_, id, std::move(watch), std::move(on_answer), std::move(on_error),
                          asking);
  }

 private:
  caf::event_based_actor* self_;
  const context& ctx_;
  Handle target_;
  Message message_;
};

/// Asks `target` within `ctx`: sends `(ctx, message)`; see `pending_ask::then`. Call it on the
/// actor `self`. An ask adds no timer; the context has one. An actor should keep at most about 50
/// asks open, because CAF searches its table of open answers linearly.
///
///     ask(self, ctx, truck, deliver{parcel, street})
///         .then([=](const delivered& d) { … }, [=](errc e) { … });
template <class Handle, class Message>
pending_ask<const Handle&, Message> ask(caf::event_based_actor* self, const context& ctx,
                                        const Handle& target, Message message) {
  static_assert(message_struct<Message>,
                "a message is a struct with an `inspect` in its own namespace");
  return {self, ctx, target, std::move(message)};
}

}  // namespace lifeline
