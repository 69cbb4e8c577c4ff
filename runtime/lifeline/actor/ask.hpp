#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/wire.hpp"
#include "lifeline/context/watch.hpp"

namespace lifeline {

namespace detail {

/// Ends a wait: when the context is done, an error arrives under the request's id, as an answer
/// would. Whichever comes first is handled, the other is dropped by CAF. It holds the asker, so one
/// with an open ask lives until that ends, as it does with a request of CAF's own.
class ask_watcher final : public context_watcher {
 public:
  ask_watcher(caf::strong_actor_ptr asker, caf::message_id answer_id)
      : asker_(std::move(asker)), answer_id_(answer_id) {}

 protected:
  void ended(errc e) noexcept override { put(asker_, nullptr, answer_id_, nullptr, to_caf(e)); }

 private:
  caf::strong_actor_ptr asker_;
  caf::message_id answer_id_;
};

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

}  // namespace detail

/// A request on its way, until `then` says what happens to its answer.
template <class Handle, class Message>
class [[nodiscard]] pending_ask {
 public:
  pending_ask(caf::event_based_actor* self, const context& ctx, Handle target, Message message)
      : self_(self), ctx_(ctx), target_(std::move(target)), message_(std::move(message)) {}

  /// Sends the request. Exactly one of the two is called later, on this actor, unless it dies
  /// first: `on_answer(const Answer&)`, or `on_error(lifeline::errc)`: `canceled` or
  /// `deadline_exceeded` once the context is done (if it is done before, nothing is sent),
  /// `unreachable` if the target is gone or null, `broken_promise` if it gives another answer. The
  /// end of the context waits its turn in the mailbox, behind what came before it.
  template <class OnAnswer, class OnError>
  void then(OnAnswer on_answer, OnError on_error) && {
    using answer = typename detail::answer_of<OnAnswer>::type;
    const auto id = self_->new_request_id(caf::message_priority::normal);
    auto watcher = std::make_shared<detail::ask_watcher>(
        caf::actor_cast<caf::strong_actor_ptr>(self_), id.response_id());
    const auto target = caf::actor_cast<caf::strong_actor_ptr>(target_);
    if (!watcher->watch(ctx_)) {
      refuse(id, ctx_.err());
    } else if (!target) {
      refuse(id, errc::unreachable);
    } else {
      put(target, self_->ctrl(), id, self_->context(), ctx_, std::move(message_));
    }
    self_->add_multiplexed_response_handler(
        id.response_id(),
        caf::behavior{[watcher, f = std::move(on_answer)](const answer& a) mutable {
                        watcher->unwatch();
                        f(a);
                      },
                      [watcher, f = std::move(on_error)](const caf::error& e) mutable {
                        watcher->unwatch();
                        f(from_caf(e));
                      }});
  }

 private:
  /// An answer from the asker to itself, so that `then` never calls back inside.
  void refuse(caf::message_id id, errc e) {
    put(self_->ctrl(), nullptr, id.response_id(), self_->context(), to_caf(e));
  }

  caf::event_based_actor* self_;
  const context& ctx_;
  Handle target_;
  Message message_;
};

/// Asks `target`, within `ctx`: sends `(ctx, message)`; see `pending_ask::then`. No timer is made:
/// the context has its own. An actor should keep at most about 50 asks open: CAF's table of open
/// answers is searched one by one.
template <class Handle, class Message>
pending_ask<Handle, Message> ask(caf::event_based_actor* self, const context& ctx, Handle target,
                                 Message message) {
  return {self, ctx, std::move(target), std::move(message)};
}

}  // namespace lifeline
