#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "lifeline/actor/ask.hpp"
#include "lifeline/actors/breaker_state.hpp"
#include "lifeline/context/context.hpp"

namespace lifeline::actors {

namespace detail {
struct breaker_body;
class probe_watcher;
}  // namespace detail

struct circuit_breaker_options {
  breaker_options rules{};
  /// A call that its deadline ended is a failure if it had run for so long; else its caller was
  /// impatient, which says nothing of what was called. So short deadlines open no circuit.
  duration patience = std::chrono::milliseconds(500);
  /// Hears of each change of state, in their order and one at a time, on a thread that made one;
  /// must be short and must not throw.
  std::function<void(circuit from, circuit to)> on_change = nullptr;
};

/// One call that a breaker let through. Say what came of it, once; only the first word counts.
/// Dropped without a word, the call is lost and counts as neither, unless an exception is what
/// drops it: that is a failure. Movable; used by one thread at a time.
class guarded_call {
 public:
  guarded_call(guarded_call&&) noexcept = default;
  guarded_call& operator=(guarded_call&&) = delete;
  ~guarded_call();

  void succeeded();
  void failed();
  /// Nobody knows what came of it.
  void lost();
  /// By how it ended: `none` has succeeded, `canceled` is lost, `deadline_exceeded` has failed if
  /// it had been given enough time, anything else has failed.
  void ended(errc e);

 private:
  friend class circuit_breaker;
  guarded_call(std::shared_ptr<detail::breaker_body> body, const call_permit& permit,
               time_point began, std::shared_ptr<detail::probe_watcher> watcher);
  bool take() noexcept;

  std::shared_ptr<detail::breaker_body> body_;  // null once it has been told, or was moved
  call_permit permit_;
  time_point began_;
  std::shared_ptr<detail::probe_watcher> watcher_;
  int exceptions_;
};

/// A circuit breaker: what fails again and again is left alone for a while, then tried with a few
/// calls, and used again once these have succeeded. `breaker_state` decides. A handle, cheap to
/// copy; all copies are one breaker, safe from any thread.
///
///     auto call = breaker.admit(ctx);
///     if (!call) return refuse(call.error(), breaker.retry_after());
///     call->ended(store.load(ctx, id));
class circuit_breaker {
 public:
  explicit circuit_breaker(circuit_breaker_options options = {}, clock& time = process_clock());

  /// Leave to call, or `refusal::circuit_open` or `circuit_probing`. One who tries the circuit
  /// holds a place: it is free again as soon as `ctx` ends, whether the call is told of or not.
  boost::system::result<guarded_call, refusal> admit(const context& ctx) const;

  circuit state() const;
  call_counts counts() const;
  std::uint64_t probing() const;
  /// How long a refused call should wait before it tries again: what is left of the time that the
  /// circuit stays open; zero when it is not.
  duration retry_after() const;
  /// Opens it at once, unless it is forced: for a health check that knows better than its calls.
  void trip() const;
  /// `forced_open` and `forced_closed` stay until another word; any other begins closed.
  void force(circuit forced) const;

 private:
  std::shared_ptr<detail::breaker_body> body_;
};

/// An ask through a breaker, until `then` says what happens to its answer: call it in the same
/// expression.
template <class Handle, class Message>
class [[nodiscard]] pending_guarded_ask {
 public:
  pending_guarded_ask(caf::event_based_actor* self, const context& ctx,
                      const circuit_breaker& breaker, const Handle& target, Message message)
      : self_(self), ctx_(ctx), breaker_(breaker), target_(target), message_(std::move(message)) {}

  /// As `pending_ask::then`, but `on_error(std::error_code)`: a `refusal` if the breaker did not
  /// let it through, else an `errc`. An answer is a success, whatever it says.
  template <class OnAnswer, class OnError>
  void then(OnAnswer on_answer, OnError on_error) && {
    static_assert(std::is_invocable_v<OnError&, std::error_code>,
                  "on_error takes a std::error_code");
    using answer = typename lifeline::detail::answer_of<OnAnswer>::type;
    auto admitted = breaker_.admit(ctx_);
    if (!admitted) return refuse(std::move(on_error), admitted.error());
    auto call = std::make_shared<guarded_call>(std::move(*admitted));
    lifeline::ask(self_, ctx_, target_, std::move(message_))
        .then(
            [call, f = std::move(on_answer)](const answer& a) mutable {
              call->succeeded();
              f(a);
            },
            [call, f = std::move(on_error)](errc e) mutable {
              call->ended(e);
              f(make_error_code(e));
            });
  }

 private:
  /// Later, as any answer: not inside `then`.
  template <class OnError>
  void refuse(OnError on_error, refusal why) {
    const auto id = self_->new_request_id(caf::message_priority::normal);
    lifeline::detail::refuse(self_, id, errc::overloaded);
    self_->add_multiplexed_response_handler(
        id.response_id(), caf::behavior{[f = std::move(on_error), why](const caf::error&) mutable {
          f(make_error_code(why));
        }});
  }

  caf::event_based_actor* self_;
  const context& ctx_;
  const circuit_breaker& breaker_;
  const Handle& target_;
  Message message_;
};

/// Asks `target` through `breaker`; see `ask`.
///
///     ask_through(self, ctx, breaker, store, load{id})
///         .then([=](const loaded& l) { … }, [=](std::error_code e) { … });
template <class Handle, class Message>
pending_guarded_ask<Handle, Message> ask_through(caf::event_based_actor* self, const context& ctx,
                                                 const circuit_breaker& breaker,
                                                 const Handle& target, Message message) {
  return {self, ctx, breaker, target, std::move(message)};
}

}  // namespace lifeline::actors
