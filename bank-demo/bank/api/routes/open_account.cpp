
#include "bank/api/http/fields.hpp"
#include "bank/api/routes/accounts.hpp"
#include "bank/api/routes/views.hpp"
#include "bank/api/routes/writes.hpp"
#include "lifeline/ledger/messages/requests.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

constexpr std::string_view route_name = "POST /v1/accounts";
const json::shape& account_table() {
  using json::shape;
  constexpr json::text_rule name{128, false, false};
  static const shape t =
      shape::object_of({{"type", shape::choice({"checking", "savings", "merchant"})},
                        {"currency", shape::text_like(currency_format)},
                        {"owner", shape::text_by(name)},
                        {"id", shape::text_like(uuid_format)},
                        {"ref", shape::text_by(name)},
                        {"overdraft_limit", shape::whole(0, ledger::max_minor)}})
          .requiring({"type", "currency"});
  return t;
}

problem forbidden(std::string_view field, std::string detail) {
  return {code::forbidden, std::move(detail), std::string(field), {}, {}};
}

handled check_customer(const identity& who, const ledger::account_record& a) {
  if (who.role != storage::role::customer) return std::nullopt;
  if (a.owner != who.owner)
    return forbidden("owner", "customers may only open accounts of their own");
  if (a.overdraft_limit > 0)
    return forbidden("overdraft_limit", "customers may not set an overdraft limit");
  return std::nullopt;
}

result<ledger::open_account> read_open_account(const request_context& x) {
  const auto body = parse_object(x.req.body);
  if (!body) return body.error();

  fields in(body->root(), account_table());
  ledger::open_account m;
  ledger::account_record& a = m.account;
  a.type = ledger::parse_account_type(in.text("type").value_or("")).value_or(a.type);
  a.unit = in.currency("currency");
  a.owner = in.text("owner").value_or(x.who().owner);
  a.ref = in.text("ref");
  a.overdraft_limit = in.integer("overdraft_limit").value_or(0);
  const auto id = in.id("id");
  if (a.owner.empty()) in.fail("owner", "must be given");
  if (id && is_world(ledger::account_id(*id)))
    in.fail("id", "is the id of a world account; choose another");
  if (in.failed()) return in.first_problem();
  if (auto refused = check_customer(x.who(), a)) return std::move(*refused);

  m.key = key_of(x, route_name, body->root());
  m.client_chose_id = id.has_value();
  a.id = ledger::account_id(id ? *id : new_id(x, route_name, m.key));
  return m;
}

}  // namespace

boost::asio::awaitable<handled> open_account(request_context& x) {
  auto message = read_open_account(x);
  if (!message) co_return std::move(message.error());
  const bool may_be_repeated = message->client_chose_id || message->key;
  const caf::actor shard = x.server.what.books.shard_of(message->account.id);
  const auto answered = co_await x.port.ask<ledger::account_answer>(x.life.outcome_context(), shard,
                                                                    x.ctx, std::move(*message));
  if (!answered) co_return no_answer(x, answered.error(), may_be_repeated);
  if (answered->refused) co_return problem_of(*answered->refused);
  x.out.status = 201;
  x.out.add_field("Location", "/v1/accounts/" + answered->account.id.str());
  if (answered->replayed) x.out.add_field("Idempotency-Replayed", "true");
  append_account(x.out.body, answered->account);
  co_return std::nullopt;
}

}  // namespace bank::api
