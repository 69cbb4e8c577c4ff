#include "bank/api/routes/standing_orders.hpp"

#include "bank/api/http/fields.hpp"
#include "bank/api/routes/transfer_fields.hpp"
#include "bank/api/routes/writes.hpp"
#include "lifeline/ledger/messages/order_requests.hpp"

// Opening and deleting standing orders.

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

constexpr std::string_view route_name = "POST /v1/standing-orders";

const json::shape& order_table() {
  using json::shape;
  static const shape t = shape::object_of({{"from", shape::text_like(side_format)},
                                           {"to", shape::text_like(side_format)},
                                           {"amount", shape::whole(1, ledger::max_minor)},
                                           {"currency", shape::text_like(currency_format)},
                                           {"every", shape::choice({"day", "week", "month"})},
                                           {"first_at", shape::text_like(time_format)},
                                           {"last_at", shape::text_like(time_format)},
                                           {"memo", shape::text_by(memo_rule)}})
                             .requiring({"from", "to", "amount", "currency", "every", "first_at"});
  return t;
}

ledger::standing_schedule schedule_of(fields& in) {
  ledger::standing_schedule s;
  s.every = ledger::parse_interval(in.text("every").value_or("")).value_or(s.every);
  s.first_at = in.time("first_at").value_or(s.first_at);
  s.last_at = in.time("last_at");
  if (s.last_at && *s.last_at < s.first_at) in.fail("last_at", "must not be before first_at");
  return s;
}

result<ledger::open_order> read_order(const request_context& x) {
  const auto body = parse_object(x.req.body);
  if (!body) return body.error();

  fields in(body->root(), order_table());
  ledger::open_order m;
  ledger::standing_order& o = m.order;
  o.amount.unit = in.currency("currency");
  o.amount.minor = in.integer("amount").value_or(1);
  o.from = side_of(in, "from", o.amount.unit);
  o.to = side_of(in, "to", o.amount.unit);
  o.memo = in.text("memo");
  o.schedule = schedule_of(in);
  if (in.failed()) return in.first_problem();
  if (auto refused = world_is_closed_to(x.who(), o.from, o.to)) return std::move(*refused);

  m.key = key_of(x, route_name, body->root());
  if (x.who().role == storage::role::customer) m.debits_only = x.who().owner;
  o.id = ledger::standing_order_id(new_id(x, route_name, m.key));
  o.seed = ledger::uuid::make_v7(x.time().wall_now());
  return m;
}

/// The ledger names no fields: the only field that it refuses is `first_at`.
problem problem_of_order(const ledger::failure& f) {
  problem p = problem_of(f);
  if (f.code == ledger::errc::invalid_field) p.field = "first_at";
  return p;
}

void report_due_time(const request_context& x, const ledger::standing_order& o) {
  const auto& report = x.server.what.on_order_due_time;
  if (report && o.next_at) report(*o.next_at);
}

}  // namespace

boost::asio::awaitable<handled> create_order(request_context& x) {
  auto message = read_order(x);
  if (!message) co_return std::move(message.error());
  const bool may_be_repeated = message->key.has_value();
  const caf::actor processor = x.server.what.books.order_processor();
  const auto answered = co_await x.port.ask<ledger::order_answer>(
      x.life.outcome_context(), processor, x.ctx, std::move(*message));
  if (!answered) co_return no_answer(x, answered.error(), may_be_repeated);
  if (answered->refused) co_return problem_of_order(*answered->refused);
  report_due_time(x, answered->order);
  x.out.status = 201;
  x.out.add_field("Location", "/v1/standing-orders/" + answered->order.id.str());
  if (answered->replayed) x.out.add_field("Idempotency-Replayed", "true");
  append_order(x.out.body, answered->order);
  co_return std::nullopt;
}

boost::asio::awaitable<handled> delete_order(request_context& x) {
  const auto id = ledger::standing_order_id::parse(x.id);
  if (!id)
    co_return invalid("id",
                      "the standing order's id in the path must be a UUID, not " + quoted(x.id));
  ledger::end_order message{*id, {}};
  if (x.who().role == storage::role::customer) message.debits_only = x.who().owner;
  const caf::actor processor = x.server.what.books.order_processor();
  const auto answered = co_await x.port.ask<ledger::order_answer>(
      x.life.outcome_context(), processor, x.ctx, std::move(message));
  if (!answered) co_return no_answer(x, answered.error(), true);
  if (answered->refused) co_return problem_of(*answered->refused);
  x.out.status = 204;
  co_return std::nullopt;
}

}  // namespace bank::api
