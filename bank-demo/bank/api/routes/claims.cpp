#include "bank/api/routes/claims.hpp"

#include "bank/api/jobs/job_service.hpp"
#include "lifeline/ledger/messages/order_requests.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

/// Without a digest: for questions about the key itself.
ledger::idempotency_key named_key(const request_context& x) {
  return {x.who().name, *x.req.idempotency_key, {}};
}

/// A claim's possible objects, and the services that know whether they exist.
struct claimable {
  ledger::idempotency_key key;
  ledger::uuid job;
  ledger::uuid token;
  job_service* jobs;
  token_service* tokens;

  result<bool> is_known(const lifeline::context& ctx, const ledger::uuid& object) const {
    if (object == token) return tokens->is_known(ctx, object.str());
    if (object == job && jobs != nullptr) return jobs->is_known(ctx, object.str());
    return true;
  }
};

result<bool> free_if_unused(const lifeline::context& ctx, ledger::journal_store& store,
                            const claimable& c) {
  const auto used = store.find_key(ctx, c.key.caller, c.key.key);
  if (!used) return problem_of(used.error());
  if (!*used) return true;
  const auto known = c.is_known(ctx, (*used)->object);
  if (!known) return known.error();
  if (*known) return false;
  const auto freed = store.forget_key(ctx, c.key.caller, c.key.key, (*used)->object);
  if (!freed) return problem_of(freed.error());
  return *freed;
}

}  // namespace

result<key_hold> hold_key(request_context& x, const std::optional<ledger::idempotency_key>& key) {
  if (!key) return key_hold();
  auto held = x.server.keys.hold(*key);
  if (held) return held;
  return problem{
      code::in_progress,
      "the first request with this idempotency key is still running; wait for its answer",
      "Idempotency-Key",
      {},
      {}};
}

boost::asio::awaitable<handled> claim_key(request_context& x, const ledger::idempotency_key& key,
                                          ledger::uuid object) {
  const caf::actor processor = x.server.what.books.order_processor();
  ledger::claim_key message{key, object};
  const auto answered = co_await x.port.ask<ledger::claim_answer>(
      x.life.outcome_context(), processor, x.ctx, std::move(message));
  if (!answered) co_return no_answer(x, answered.error(), true);
  if (!answered->refused) co_return std::nullopt;
  problem p = problem_of(*answered->refused);
  if (p.code == code::idempotency_mismatch) p.field = "Idempotency-Key";
  co_return p;
}

boost::asio::awaitable<bool> free_unused_claim(request_context& x) {
  const auto key = named_key(x);
  auto held = x.server.keys.hold(key);
  if (!held) co_return false;
  const claimable c{key, new_id(x, jobs_route, key), new_id(x, tokens_route, key),
                    x.server.what.jobs, &x.server.tokens};
  auto look = [c, h = std::move(held)](const lifeline::context& ctx,
                                       ledger::journal_store& store) mutable {
    auto freed = free_if_unused(ctx, store, c);
    h.reset();  // before the request runs again
    return freed;
  };
  const auto freed = co_await from_store(x, std::move(look));
  co_return freed&&* freed;
}

}  // namespace bank::api
