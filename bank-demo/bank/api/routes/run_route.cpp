#include <algorithm>

#include "bank/api/http/preconditions.hpp"
#include "bank/api/routes/claims.hpp"
#include "bank/api/routes/router.hpp"
#include "bank/api/server/stream.hpp"
#include "lifeline/ledger/values/uuid.hpp"

// Runs a route's handler under the request's preconditions (RFC 9110, 13).

namespace bank::api {

namespace {

/// The caller's own cache may keep the answer, but must revalidate it each time.
void give_tag(answer& a) {
  if (a.status != 200 || (a.body.empty() && a.etag.empty())) return;
  if (a.etag.empty()) a.etag = "\"" + lifeline::ledger::uuid::derive({a.body}).str() + "\"";
  a.cache_control = "private, no-cache";
}

problem not_matched() {
  return {code::precondition_failed,
          "the state has changed since the ETag in If-Match; read it again",
          "If-Match",
          {},
          {}};
}

problem matched() {
  return {code::precondition_failed,
          "the current state matches If-None-Match",
          "If-None-Match",
          {},
          {}};
}

/// For a successful read.
handled keep_conditions(request_context& x) {
  if (x.out.etag.empty()) return std::nullopt;
  switch (judge_conditions(x.req, x.out.etag)) {
    case conditions::met: break;
    case conditions::matched:
      x.out.status = 304;
      x.out.then.reset();
      break;
    case conditions::not_matched: return not_matched();
  }
  return std::nullopt;
}

boost::asio::awaitable<handled> run_read(request_context& x, const route& r) {
  const std::size_t fields = x.out.fields.size();
  auto done = co_await r.run(x);
  if (done) co_return done;
  give_tag(x.out);
  auto refused = keep_conditions(x);
  if (refused) x.out.fields.resize(fields);
  co_return refused;
}

const route* reading_of(const route& r) noexcept {
  const auto all = all_routes();
  const auto found = std::ranges::find_if(all, [&](const route& other) {
    return other.method == method::get && other.pattern == r.pattern;
  });
  return found == all.end() ? nullptr : &*found;
}

/// For a write: the target's current state is what a read of the same path answers. If that read
/// fails, the write fails in the same way.
boost::asio::awaitable<handled> check_conditions(request_context& x, const route& r) {
  answer now;
  if (const route* reading = reading_of(r)) {
    request_context look{x.server, x.port,       x.req, x.life, x.memo,
                         now,      x.request_id, x.id,  x.ctx,  x.caller};
    auto failed = co_await reading->run(look);
    if (failed) co_return failed;
    give_tag(now);
  }
  switch (judge_conditions(x.req, now.etag)) {
    case conditions::met: break;
    case conditions::matched: co_return matched();
    case conditions::not_matched: co_return not_matched();
  }
  if (x.req.if_match && *x.req.if_match != "*") x.judged_tag = std::move(now.etag);
  co_return std::nullopt;
}

/// Frees a key that was claimed for an object that was never created.
boost::asio::awaitable<handled> run_again_if_free(request_context& x, const route& r,
                                                  handled refused) {
  const bool key_is_used =
      refused && refused->code == code::idempotency_mismatch && x.req.idempotency_key;
  if (!key_is_used) co_return refused;
  const bool freed = co_await free_unused_claim(x);
  if (!freed) co_return refused;
  auto done = co_await r.run(x);
  co_return done;
}

boost::asio::awaitable<handled> run_write(request_context& x, const route& r) {
  if (x.req.if_match || x.req.if_none_match) {
    auto refused = co_await check_conditions(x, r);
    if (refused) co_return refused;
  }
  auto done = co_await r.run(x);
  if (done) done = co_await run_again_if_free(x, r, std::move(done));
  co_return done;
}

}  // namespace

boost::asio::awaitable<handled> run_route(request_context& x, const route& r) {
  return is_write(r.method) ? run_write(x, r) : run_read(x, r);
}

handled run_at_once(request_context& x, const route& r) {
  const std::size_t fields = x.out.fields.size();
  if (auto failed = r.run_now(x)) return failed;
  auto refused = keep_conditions(x);
  if (refused) x.out.fields.resize(fields);
  return refused;
}

}  // namespace bank::api
