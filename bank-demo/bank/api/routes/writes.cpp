#include "bank/api/routes/writes.hpp"

#include "bank/json/canonical.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

std::optional<ledger::idempotency_key> key_of(const request_context& x, std::string_view route,
                                              const json::value& body) {
  if (!x.req.idempotency_key) return std::nullopt;
  return ledger::idempotency_key{x.who().name, *x.req.idempotency_key,
                                 json::request_digest(route, body)};
}

ledger::uuid new_id(const request_context& x, std::string_view route,
                    const std::optional<ledger::idempotency_key>& key, std::string_view place) {
  if (!key) return ledger::uuid::make_v7(x.time().wall_now());
  return x.server.what.books.ids().of({key->caller, route, key->key, place});
}

std::optional<ledger::uuid> id_without_secret(const request_context& x, std::string_view route,
                                              const std::optional<ledger::idempotency_key>& key,
                                              std::string_view place) {
  if (!key) return std::nullopt;
  return x.server.what.books.ids().without_secret({key->caller, route, key->key, place});
}

void report_due_time(const request_context& x, const ledger::transfer_record& t) {
  const auto& report = x.server.what.on_due_time;
  const auto at = ledger::due_at(t);
  if (report && at) report(*at);
}

problem no_answer(const request_context& x, lifeline::errc e, bool may_be_repeated) {
  const bool ended = e == lifeline::errc::canceled || e == lifeline::errc::deadline_exceeded;
  const bool own_outcome = ended && !x.life.outcome_context().done();
  problem p = problem_of(ended && x.ctx.done() ? x.ctx.err() : e);
  // The actor is down, or went down before its turn: nothing has begun.
  const bool not_taken =
      own_outcome || e == lifeline::errc::overloaded || e == lifeline::errc::unreachable;
  p.outcome = not_taken && !may_be_repeated ? ledger::outcome::none : ledger::outcome::unknown;
  return p;
}

}  // namespace bank::api
