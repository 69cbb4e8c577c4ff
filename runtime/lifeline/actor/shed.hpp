#pragma once

#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/wire.hpp"
#include "lifeline/observe/loss.hpp"
#include "lifeline/observe/trace.hpp"
#include "lifeline/observe/type_name.hpp"

namespace lifeline {

namespace detail {

template <class F>
struct handler_signature : handler_signature<decltype(&F::operator())> {};
template <class C, class R, class... A>
struct handler_signature<R (C::*)(A...) const> {
  using result = R;
  using arguments = std::tuple<A...>;
};
template <class C, class R, class... A>
struct handler_signature<R (C::*)(A...)> {
  using result = R;
  using arguments = std::tuple<A...>;
};

template <class T>
struct shed_result {
  using type = caf::result<T>;
};
template <class... Ts>
struct shed_result<caf::result<Ts...>> {
  using type = caf::result<Ts...>;
};

template <class Result>
struct unanswered;
template <class... Ts>
struct unanswered<caf::result<Ts...>> {
  using type = caf::delegated<Ts...>;
};

/// The result of a handler that sends no answer.
template <class Result>
Result silence() {
  return typename unanswered<Result>::type{};
}

/// Calls a request's handler. If it throws, its actor ends; the asker then gets `broken_promise`
/// here, unless the handler made a `reply`, which sends it.
template <class F>
decltype(auto) call_and_answer_for(caf::event_based_actor* self, span& running, F call) {
  const caf::message_id id = self->current_message_id();
  try {
    return call();
  } catch (...) {
    running.fail(make_error_code(errc::broken_promise).message());
    if (id.is_request())
      put(self->current_sender(), nullptr, id.response_id(), self->context(),
          to_caf(errc::broken_promise));
    throw;
  }
}

}  // namespace detail

/// Wraps a request's handler `f(const context&, const Message&)` so that it never runs for a done
/// context. A request is then answered with the context's error, a tell is dropped; both are
/// counted in `losses`, which must outlive the actor. A tell is never answered, whatever `f`
/// returns: its sender expects no answer, and an error would end the sender. If `f` throws, its
/// asker gets `broken_promise`; the exception propagates and ends the actor. If the context's trace
/// is recorded, the handler's run is a span, and the context passed to `f` lies within it.
template <class F>
auto shed(caf::event_based_actor* self, loss& losses, F f) {
  static_assert(
      requires { &F::operator(); },
      "a request's handler must be a lambda with explicit parameter types, no `auto`");
  using signature = detail::handler_signature<F>;
  using arguments = typename signature::arguments;
  static_assert(std::tuple_size_v<arguments> == 2 &&
                    std::is_same_v<std::tuple_element_t<0, arguments>, const context&>,
                "a request's handler takes (const context&, const Message&)");
  using message = std::tuple_element_t<1, arguments>;
  static_assert(message_struct<std::decay_t<message>>,
                "a message is a struct with an `inspect` in its own namespace");
  using result = typename detail::shed_result<typename signature::result>::type;
  return [self, &losses, f = std::move(f)](const context& ctx, const message& m) mutable -> result {
    const bool asked = self->current_message_id().is_request();
    detail::take_offer(losses, ctx);
    span running = span_of(ctx, "handle ", short_type_name<std::decay_t<message>>());
    if (const errc e = ctx.err(); e != errc::none) {
      running.fail(make_error_code(e).message());
      losses.end(e);
      return asked ? result(to_caf(e)) : detail::silence<result>();
    }
    losses.handle();
    std::optional<context> traced;
    if (running) traced = running.under(ctx);
    const context& within = traced ? *traced : ctx;
    if constexpr (std::is_void_v<typename signature::result>) {
      detail::call_and_answer_for(self, running, [&] { f(within, m); });
      return asked ? result(caf::unit) : detail::silence<result>();
    } else {
      result given =
          detail::call_and_answer_for(self, running, [&]() -> result { return f(within, m); });
      return asked ? std::move(given) : detail::silence<result>();
    }
  };
}

}  // namespace lifeline
