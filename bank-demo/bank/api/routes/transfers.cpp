#include "bank/api/routes/transfers.hpp"

#include "bank/api/http/fields.hpp"
#include "bank/api/http/query.hpp"
#include "bank/api/routes/transfer_fields.hpp"
#include "bank/api/routes/views.hpp"
#include "bank/api/routes/writes.hpp"
#include "lifeline/ledger/messages/requests.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

constexpr std::string_view route_name = "POST /v1/transfers";
result<ledger::submit_transfer> read_transfer(const request_context& x) {
  const auto body = parse_object(x.req.body);
  if (!body) return body.error();
  auto wanted = read_transfer_fields(body->root(), x.time().wall_now());
  if (!wanted) return wanted.error();
  if (auto refused = world_is_closed_to(x.who(), wanted->transfer.from, wanted->transfer.to))
    return std::move(*refused);

  ledger::submit_transfer m;
  m.transfer = std::move(wanted->transfer);
  m.key = key_of(x, route_name, body->root());
  m.may_be_repeated = wanted->has_id || m.key.has_value();
  if (x.who().role == storage::role::customer) m.debits_only = x.who().owner;
  if (!wanted->has_id) m.transfer.id = ledger::transfer_id(new_id(x, route_name, m.key));
  return m;
}

/// Does the caller own one of the two accounts?
result<bool> touches(const lifeline::context& ctx, ledger::ledger_reader& store,
                     const ledger::transfer_record& t, const identity& who) {
  for (const auto& side : {t.from, t.to}) {
    if (is_world(side)) continue;
    const auto account = store.find_account(ctx, side);
    if (!account) return problem_of(account.error());
    if (*account && (*account)->owner == who.owner) return true;
  }
  return false;
}

}  // namespace

result<ledger::transfer_record> visible_transfer(const lifeline::context& ctx,
                                                 ledger::ledger_reader& store,
                                                 ledger::transfer_id id, const identity& who) {
  auto found = store.find_transfer(ctx, id);
  if (!found) return problem_of(found.error());
  if (!*found) return no_such("transfer", id.str());
  if (who.role == storage::role::customer) {
    const auto own = touches(ctx, store, **found, who);
    if (!own) return own.error();
    if (!*own) return no_such("transfer", id.str());
  }
  return std::move(**found);
}

std::string location_of(const ledger::transfer_record& t) { return "/v1/transfers/" + t.id.str(); }

boost::asio::awaitable<handled> create_transfer(request_context& x) {
  auto message = read_transfer(x);
  if (!message) co_return std::move(message.error());
  const bool may_be_repeated = message->may_be_repeated;
  const caf::actor processor = x.server.what.books.processor_of(message->transfer.id);
  const auto answered = co_await x.port.ask<ledger::transfer_answer>(
      x.life.outcome_context(), processor, x.ctx, std::move(*message));
  if (!answered) co_return no_answer(x, answered.error(), may_be_repeated);
  if (answered->refused) co_return problem_of(*answered->refused);
  report_due_time(x, answered->transfer);
  x.out.status = 201;
  x.out.add_field("Location", location_of(answered->transfer));
  if (answered->replayed) x.out.add_field("Idempotency-Replayed", "true");
  append_transfer(x.out.body, answered->transfer);
  co_return std::nullopt;
}

boost::asio::awaitable<handled> get_transfer(request_context& x) {
  const auto id = ledger::transfer_id::parse(x.id);
  if (!id)
    co_return invalid("id", "the transfer's id in the path must be a UUID, not " + quoted(x.id));
  if (const auto q = query::parse(x.req.query, {}); !q) co_return q.error();
  auto look = [id = *id, who = x.caller](const lifeline::context& ctx,
                                         ledger::ledger_reader& store) {
    return visible_transfer(ctx, store, id, *who);
  };
  const auto transfer = co_await from_store(x, std::move(look));
  if (!transfer) co_return transfer.error();
  append_transfer(x.out.body, *transfer);
  co_return std::nullopt;
}

}  // namespace bank::api
