#pragma once

#include <string>
#include <string_view>

#include "bank/api/auth/authenticator.hpp"
#include "bank/api/http/answer.hpp"
#include "bank/api/http/request.hpp"
#include "bank/api/server/blocking_call.hpp"
#include "bank/api/server/request_life.hpp"
#include "bank/api/server/server_state.hpp"
#include "lifeline/actor/asio_port.hpp"
#include "lifeline/observe/trace.hpp"

namespace bank::api {

/// The token that a connection's last request bore: the next one nearly always bears it too.
struct token_memo {
  std::string header;
  known_token known;
};

/// One request, its life and its answer, as the handlers see them. Lives on the frame of the
/// connection's coroutine; used on that connection's I/O thread only.
struct request_context {
  server_state& server;
  lifeline::asio_port& port;
  const request& req;
  request_life& life;
  token_memo& memo;
  answer& out;
  std::string_view request_id;
  std::string_view id;                   ///< the `{id}` in the route's pattern
  lifeline::context ctx = {};            ///< the life's, with the request's values
  caller_ptr caller = {};                ///< null where no token is needed
  const std::string* address = nullptr;  ///< of the client, as rate limits name it
  bool admitted = false;                 ///< it has taken the token of its rate already
  bool stopping = false;                 ///< the node stops: what watches it is answered, no more
  /// Of the state that a write's `If-Match` named: it must not be another when the write is made.
  std::string judged_tag = {};
  const lifeline::trace_state* trace = nullptr;  ///< where it stands in a trace that is kept
  /// Of which trace it is, be that kept or not; null, or all zero: of none.
  const lifeline::trace_parent* traced_as = nullptr;

  const identity& who() const noexcept { return *caller; }
  lifeline::clock& time() const noexcept { return server.what.rt.time(); }
};

/// While the node stops.
problem shutting_down();

/// Is the caller's token still good, long after the request was admitted? A store that can't say
/// now changes nothing.
boost::asio::awaitable<bool> still_known(request_context& x);

/// A request in words, for who has to name it.
std::string name_of(const request_context& x);

/// What is answered instead while the store's breaker is open; else nothing.
std::optional<problem> store_left_alone(const request_context& x);

/// Runs `f(ctx, store)` behind the door, within the request's context. `f` gives a `result` and
/// owns what it uses; the context's end comes back as a problem. Name `f` first, as with
/// `asio_port::ask`. While the store's breaker is open, nothing is asked.
template <class F>
boost::asio::awaitable<
    std::invoke_result_t<F&, const lifeline::context&, lifeline::ledger::ledger_store&>>
from_store(request_context& x, F f, lifeline::lane l = lifeline::lane::read) {
  if (auto refused = store_left_alone(x)) co_return std::move(*refused);
  auto look = [f = std::move(f), &store = x.server.what.store](
                  const lifeline::context& ctx) mutable { return f(ctx, store); };
  std::string what = name_of(x);
  auto asked = co_await blocking_call(x.port.io(), x.server.what.rt.blocking(), x.server.calls,
                                      std::move(what), x.ctx, std::move(look), l);
  if (!asked) co_return problem_of(asked.error());
  co_return std::move(*asked);
}

}  // namespace bank::api
