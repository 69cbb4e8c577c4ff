
#include "bank/api/auth/authenticator.hpp"
#include "bank/api/http/query.hpp"
#include "bank/api/http/request_values.hpp"
#include "bank/api/limits/not_admitted.hpp"
#include "bank/api/limits/rate_guard.hpp"
#include "bank/api/observe/log.hpp"
#include "bank/api/routes/router.hpp"
#include "bank/api/server/request_log.hpp"
#include "bank/api/server/stream.hpp"
#include "lifeline/guards/asio_concurrency_limiter.hpp"

namespace bank::api {

namespace {

constexpr std::size_t longest_key = 255;
/// Longest wait for the token store when the route needs no token.
constexpr std::chrono::milliseconds recognized_within{500};

bool allows(role_set roles, storage::role r) noexcept { return (roles & only(r)) != 0; }

/// Both name what is supported (RFC 9110, 15.5.16); the second does not name codings (12.5.3).
problem unsupported_coding(request_context& x) {
  x.out.add_field("Accept-Encoding", "identity");
  return {code::unsupported_media_type,
          "the body must be sent without a content coding (Content-Encoding)",
          "Content-Encoding",
          {},
          {}};
}
problem unsupported_type(request_context& x) {
  x.out.add_field("Accept", "application/json");
  return {code::unsupported_media_type,
          "Content-Type must be application/json, not " + x.req.content_type.value_or("missing"),
          "Content-Type",
          {},
          {}};
}

/// For writes. Runs after the body was read too: only then is it known whether a chunked one is
/// empty.
handled check_write(request_context& x, const route_match& match) {
  const request& r = x.req;
  if (const auto q = query::parse(r.query, {}); !q) return q.error();
  if (!match.id.empty() && !lifeline::ledger::uuid::parse(match.id))
    return invalid("id", "the id in the path must be a UUID, not " + quoted(match.id));
  if (r.has_content_coding) return unsupported_coding(x);
  const bool has_body = r.content_length > 0 || !r.body.empty() || r.content_type;
  if (has_body && !(r.content_type && is_json(*r.content_type))) return unsupported_type(x);
  if (auto refused = store_left_alone(x)) return refused;
  return std::nullopt;
}

handled check_fields(request_context& x, const route_match& match) {
  const request& r = x.req;
  if (r.expects_other)
    return problem{code::expectation_failed,
                   "the only supported expectation is 100-continue",
                   "Expect",
                   {},
                   {}};
  if (r.idempotency_key && !is_printable(*r.idempotency_key, longest_key))
    return invalid("Idempotency-Key", "the key must be 1 to 255 printable characters");
  if (is_write(r.method)) return check_write(x, match);
  return std::nullopt;
}

bool remembered(const request_context& x) {
  return x.memo.header == *x.req.authorization && x.server.auth.is_good(x.memo.known);
}

handled remember(request_context& x, result<known_token> found) {
  if (!found) return std::move(found.error());
  x.memo.header = *x.req.authorization;
  x.memo.known = std::move(*found);
  return std::nullopt;
}

/// Finds the caller in the token cache, without the store.
handled recall_caller(request_context& x, std::string_view secret) {
  auto kept = x.server.auth.recall(secret);
  if (!kept)
    return problem{code::store_unavailable,
                   "the token store does not answer, and the token is not cached; retry in 1 s",
                   {},
                   {},
                   {}};
  return remember(x, std::move(*kept));
}

/// While the node stops, the store is not asked: a stop waits for running queries.
boost::asio::awaitable<handled> look_up_caller(request_context& x, lifeline::context ctx) {
  const auto secret = bearer_secret(*x.req.authorization);
  if (!secret) co_return unauthenticated("Authorization must be \"Bearer TOKEN\"");
  if (x.stopping) {
    auto unknown = recall_caller(x, *secret);
    co_return unknown ? handled(shutting_down()) : std::nullopt;
  }
  auto found = co_await x.server.auth.look_up(x.port.io(), std::move(ctx), std::string(*secret));
  co_return remember(x, std::move(found));
}

/// Does the request still need a rate limit token?
bool is_limited(const request_context& x) {
  return !x.admitted && x.server.what.limits != nullptr && x.server.what.limits->binds(x);
}

boost::asio::awaitable<handled> admit(request_context& x) {
  x.admitted = true;
  auto refused = co_await x.server.what.limits->admit(x);
  co_return refused;
}

/// The 401 for a missing or bad token, limited by the address's rate.
boost::asio::awaitable<handled> turn_away(request_context& x, problem why) {
  if (is_limited(x)) {
    auto refused = co_await admit(x);
    if (refused) co_return refused;
  }
  co_return why;
}

/// May the caller's role use the route?
handled check_role(const request_context& x, role_set roles) {
  if (allows(roles, x.who().role)) return std::nullopt;
  return problem{code::forbidden,
                 "the role " + std::string(to_string(x.who().role)) + " may not use this route",
                 {},
                 {},
                 {}};
}

/// Looks the caller up if the connection does not remember its token.
boost::asio::awaitable<handled> find_caller(request_context& x) {
  if (!x.req.authorization) {
    problem why = unauthenticated("the token is missing; send Authorization: Bearer TOKEN");
    auto refused = co_await turn_away(x, std::move(why));
    co_return refused;
  }
  if (remembered(x)) co_return std::nullopt;
  auto refused = co_await look_up_caller(x, x.ctx);
  if (refused && refused->code == code::unauthenticated) {
    auto told = co_await turn_away(x, std::move(*refused));
    co_return told;
  }
  co_return refused;
}

void take_caller(request_context& x) {
  x.caller = x.memo.known.caller;
  x.ctx = lifeline::with_value(x.ctx, caller_key, x.caller);
}

boost::asio::awaitable<handled> know_caller(request_context& x) {
  auto unknown = co_await find_caller(x);
  if (!unknown) take_caller(x);
  co_return unknown;
}

/// On a route without roles, a token still decides whose rate limit applies. A bad token counts as
/// none; so does one that is not cached while the store does not answer.
boost::asio::awaitable<void> recognize_caller(request_context& x) {
  if (!x.req.authorization) co_return;
  const auto secret = bearer_secret(*x.req.authorization);
  if (!secret) co_return;
  if (!remembered(x)) {
    bool answered = false;
    if (!x.server.auth.store_is_silent()) {
      const auto patience = lifeline::with_timeout(x.ctx, recognized_within);
      const auto unknown = co_await look_up_caller(x, patience.ctx());
      if (unknown && unknown->code == code::unauthenticated) co_return;
      answered = !unknown;
    }
    if (!answered && recall_caller(x, *secret)) co_return;
  }
  take_caller(x);
}

/// Begins the request's contexts, finds its caller and checks its role.
boost::asio::awaitable<handled> check_caller(request_context& x, const route& r) {
  const auto most = x.server.options.*r.deadline;
  const auto limit = time_limit(x.req.timeout_ms, most);
  x.life.begin(x.server.what.rt.background(), x.time().now() + (limit ? *limit : most),
               is_write(x.req.method));
  x.ctx = lifeline::with_value(x.life.ctx(), request_id_key, std::string(x.request_id));
  if (x.trace != nullptr) x.ctx = lifeline::with_value(x.ctx, lifeline::trace_key, *x.trace);
  if (r.roles != anyone) {
    auto unknown = co_await know_caller(x);
    if (unknown) co_return unknown;
  } else if (is_limited(x)) {
    co_await recognize_caller(x);
  }
  if (is_limited(x)) {
    auto too_many = co_await admit(x);
    if (too_many) co_return too_many;
  }
  if (r.roles != anyone) {
    if (auto refused = check_role(x, r.roles)) co_return refused;
  }
  if (!limit) co_return limit.error();
  co_return std::nullopt;
}

/// Operations routes never wait: they are needed most when all other requests wait.
bool waits_its_turn(const route& r) noexcept {
  return r.roles != anyone && !r.pattern.starts_with("/v1/admin/");
}

/// Reads weigh nothing: requests wait for each other in commits only. A batch weighs as much as its
/// transfers, each at least this long.
std::size_t weight_of(const request& req, const route& r) noexcept {
  constexpr std::size_t shortest_transfer = 88;
  if (!is_write(req.method)) return 0;
  return r.many_at_once ? 1 + req.body.size() / shortest_transfer : 1;
}

boost::asio::awaitable<handled> run_in_turn(request_context& x, const route& r) {
  if (!waits_its_turn(r)) {
    auto done = co_await run_route(x, r);
    co_return done;
  }
  auto& limiter = x.server.limiter;
  auto place = co_await enter(x.port.io(), limiter, x.ctx, x.who().name, &r, weight_of(x.req, r));
  if (!place)
    co_return not_admitted(place.error(), x.ctx.remaining(),
                           limiter.typical(&r).value_or(lifeline::duration::zero()));
  auto done = co_await run_route(x, r);
  if (!done) place->went_well();
  co_return done;
}

bool is_admin(const request_context& x) noexcept {
  return x.caller != nullptr && x.who().role == storage::role::admin;
}

/// Only probes and admins are answered on the reserve of connections.
problem too_many_connections() {
  return {code::overloaded,
          "too many open connections, of all clients or of yours; retry in 1 s",
          {},
          lifeline::ledger::outcome::none,
          {}};
}

problem no_route(request_context& x, const route_match& match) {
  const std::string allow = x.req.path == "*" ? "GET, HEAD, POST, PATCH, DELETE" : match.allow;
  if (allow.empty()) return no_such("path", x.req.path);
  x.out.add_field("Allow", allow);
  return {code::method_not_allowed, "the path supports only " + allow, {}, {}, {}};
}

/// RFC 6750, 3: at least one parameter, and an error if a token was sent.
std::string_view challenge(const request& r) noexcept {
  return r.authorization ? R"(Bearer realm="bank", error="invalid_token")"
                         : R"(Bearer realm="bank")";
}

/// The problem for an exception from a handler.
problem bug(const request_context& x, const lifeline::error& thrown) {
  log::error("internal error in {}: {}{}", x.req.path, thrown.message(), log_fields(x));
  return {code::internal,
          "internal error (a bug); see the node's log for this request_id",
          {},
          lifeline::ledger::outcome::unknown,
          {}};
}

}  // namespace

boost::asio::awaitable<handled> check_head(request_context& x, const route_match& match) {
  const bool is_answered = match.found != nullptr && match.found->while_stopping;
  if (x.stopping && !is_answered) co_return shutting_down();
  if (match.found == nullptr) co_return no_route(x, match);
  if (match.found->run != nullptr) {
    auto unknown = co_await check_caller(x, *match.found);
    if (unknown) co_return unknown;
  }
  if (x.in_reserve && !is_answered && !is_admin(x)) co_return too_many_connections();
  co_return check_fields(x, match);
}

boost::asio::awaitable<handled> require_role(request_context& x, role_set roles) {
  if (x.caller == nullptr) {
    auto unknown = co_await know_caller(x);
    if (unknown) co_return unknown;
  }
  co_return check_role(x, roles);
}

boost::asio::awaitable<bool> still_known(request_context& x) {
  if (remembered(x)) co_return true;
  x.ctx = x.life.ctx();
  const auto refused = co_await look_up_caller(x, x.ctx);
  co_return !refused || refused->code != code::unauthenticated;
}

void answer_problem(request_context& x, const problem& p) {
  x.out.status = status_of(p.code);
  x.out.content_type = "application/problem+json";
  x.out.etag.clear();
  x.out.cache_control = "no-store";
  x.out.is_stream = x.out.is_chunked = false;
  x.out.then.reset();
  x.out.body.clear();
  x.out.problem = to_string(p.code);
  if (x.out.status >= 500) x.out.detail = p.detail;
  if (x.out.status == 401) x.out.add_field("WWW-Authenticate", challenge(x.req));
  if (x.out.status == 429 || x.out.status == 503) {
    const auto seconds = p.retry_after.value_or(std::chrono::seconds(1)).count();
    x.out.add_field("Retry-After", std::to_string(seconds));
  }
  append_problem(x.out.body, p, x.req.path, x.request_id, is_write(x.req.method));
}

boost::asio::awaitable<void> answer_request(request_context& x, const route_match& match) {
  handled failed;
  try {
    failed = co_await check_head(x, match);
    if (!failed && match.found->run_now != nullptr) {
      failed = run_at_once(x, *match.found);
    } else if (!failed) {
      failed = co_await run_in_turn(x, *match.found);
    }
  } catch (...) {
    failed = bug(x, lifeline::thrown_error());
  }
  if (failed) answer_problem(x, *failed);
}

}  // namespace bank::api
