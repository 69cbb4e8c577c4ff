#pragma once

#include <string>
#include <string_view>

#include "bank/api/auth/authenticator.hpp"
#include "bank/api/http/answer.hpp"
#include "bank/api/http/request.hpp"
#include "bank/api/server/request_life.hpp"
#include "bank/api/server/server_state.hpp"
#include "lifeline/actor/asio_blocking.hpp"
#include "lifeline/actor/asio_port.hpp"
#include "lifeline/observe/trace.hpp"

namespace bank::api {

/// The token of a connection's last request: the next request nearly always has the same.
struct token_memo {
  std::string header;
  known_token known;
};

/// One request, its contexts and its answer, as handlers see them. Lives on the frame of the
/// connection's coroutine; for that connection's I/O thread only.
struct request_context {
  server_state& server;
  lifeline::asio_port& port;
  const request& req;
  request_life& life;
  token_memo& memo;
  answer& out;
  std::string_view request_id;
  std::string_view id;                   ///< the `{id}` of the route's pattern
  lifeline::context ctx = {};            ///< `life.ctx()` with the request's values
  caller_ptr caller = {};                ///< null where no token is needed
  const std::string* address = nullptr;  ///< of the client, as in rate limits
  bool admitted = false;                 ///< its rate limit token is taken
  bool stopping = false;                 ///< the node stops, and the route is answered even so
  bool in_reserve = false;               ///< only probes and admins are answered
  /// The state that `If-Match` named: the write is refused if it has changed since.
  std::string judged_tag = {};
  const lifeline::trace_state* trace = nullptr;  ///< its place in a sampled trace
  /// Its trace, sampled or not; null or all zero: none.
  const lifeline::trace_parent* traced_as = nullptr;

  const identity& who() const noexcept { return *caller; }
  lifeline::clock& time() const noexcept { return server.what.rt.time(); }
};

/// Refusal while the node stops.
problem shutting_down();

/// Is the caller's token still valid, long after the request was admitted? True if the store can't
/// answer.
boost::asio::awaitable<bool> still_known(request_context& x);

/// The request's name, for logs: method, path and request id.
std::string name_of(const request_context& x);

/// The refusal while the store's circuit is open; else nothing.
std::optional<problem> store_left_alone(const request_context& x);

/// Runs `f(ctx)` on a blocking lane, within the request's context: see `call_blocking`. `f` owns
/// what it uses, except what outlives the server. It is listed under the request's name.
template <class F>
auto on_lane(request_context& x, F f, lifeline::lane l = lifeline::lane::read) {
  return call_blocking(x.port.io(), x.ctx, x.server.what.rt.blocking(), l,
                       x.server.calls.list(name_of(x), std::move(f)));
}

/// Runs `f(ctx, store)` on a blocking lane. `f` takes a `ledger_reader&` unless it writes, and
/// returns a `result`; the context's end becomes a problem. Name `f` first, as with
/// `asio_port::ask`. While the store's circuit is open, `f` is not run.
template <class F>
boost::asio::awaitable<
    std::invoke_result_t<F&, const lifeline::context&, lifeline::ledger::journal_store&>>
from_store(request_context& x, F f, lifeline::lane l = lifeline::lane::read) {
  if (auto refused = store_left_alone(x)) co_return std::move(*refused);
  auto look = [f = std::move(f), &store = x.server.what.store](
                  const lifeline::context& ctx) mutable { return f(ctx, store); };
  auto asked = co_await on_lane(x, std::move(look), l);
  if (!asked) co_return problem_of(asked.error());
  co_return std::move(*asked);
}

}  // namespace bank::api
