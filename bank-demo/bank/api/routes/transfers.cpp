#include "bank/api/routes/transfers.hpp"

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>

#include "bank/api/http/query.hpp"
#include "bank/api/json/fields.hpp"
#include "bank/api/json/parse.hpp"
#include "bank/api/routes/views.hpp"
#include "bank/api/routes/writes.hpp"
#include "lifeline/ledger/messages.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

constexpr std::string_view route_name = "POST /v1/transfers";
constexpr text_rule kind_rule{64, false, false};
/// Only to be read as an identifier.
constexpr text_rule any_word{1'000, true, true};
constexpr std::int64_t longest_hold_s = std::int64_t{10} * 366 * 24 * 3'600;

std::string kind_of(fields& in) {
  std::string kind = in.text("kind", kind_rule).value_or("transfer");
  const bool plain = std::all_of(kind.begin(), kind.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
  if (!plain) in.fail("kind", "may hold only a-z, 0-9, '_', '.' and '-'");
  return kind;
}

/// Does it move at once, or as a hold, or later?
void read_phases(fields& in, ledger::transfer_record& t) {
  t.two_phase = in.boolean("pending").value_or(false);
  if (const auto seconds = in.integer("expires_in", 1, longest_hold_s))
    t.expires_in = std::chrono::seconds(*seconds);
  if (t.expires_in && !t.two_phase) in.fail("expires_in", "is of use with \"pending\": true only");
  t.execute_at = in.time("execute_at");
}

result<ledger::submit_transfer> read_transfer(const exchange& x) {
  std::array<unsigned char, 4096> buffer;
  boost::json::monotonic_resource memory(buffer.data(), buffer.size());
  const auto body = parse_object(x.req.body, &memory);
  if (!body) return body.error();

  fields in(*body, {"from", "to", "amount", "currency", "id", "kind", "memo", "metadata", "pending",
                    "expires_in", "execute_at"});
  ledger::submit_transfer m;
  ledger::transfer_record& t = m.transfer;
  t.amount.unit = in.currency("currency");
  t.amount.minor = in.required_integer("amount", 1, ledger::max_minor);
  t.from = side_of(in, "from", t.amount.unit);
  t.to = side_of(in, "to", t.amount.unit);
  t.kind = kind_of(in);
  t.memo = in.text("memo", memo_rule);
  t.metadata = in.metadata("metadata");
  read_phases(in, t);
  t.created_at = x.time().wall_now();
  const auto id = in.id("id");
  if (in.failed()) return in.first_problem();
  if (auto refused = check_customer(x.who(), t.from, t.to)) return std::move(*refused);

  m.key = key_of(x, route_name, *body);
  m.may_be_repeated = id.has_value() || m.key.has_value();
  if (x.who().role == storage::role::customer) m.debits_only = x.who().owner;
  t.id = ledger::transfer_id(id ? *id : new_id(x, route_name, m.key));
  return m;
}

/// Does the caller own one of the two accounts?
result<bool> touches(const lifeline::context& ctx, ledger::ledger_store& store,
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

ledger::account_id side_of(fields& in, std::string_view name, ledger::currency unit) {
  const std::string text = in.required_text(name, any_word);
  if (text == "world") return world_of(unit);
  const auto id = ledger::account_id::parse(text);
  if (!id || id->is_nil()) in.fail(name, "must be a UUID or \"world\"");
  return id.value_or(ledger::account_id());
}

handled check_customer(const identity& who, const ledger::account_id& from,
                       const ledger::account_id& to) {
  if (who.role != storage::role::customer) return std::nullopt;
  for (const auto& [name, id] : {std::pair("from", from), std::pair("to", to)}) {
    if (is_world(id))
      return problem{
          code::forbidden, "only an admin moves money from or to the world", name, {}, {}};
  }
  return std::nullopt;
}

result<ledger::transfer_record> visible_transfer(const lifeline::context& ctx,
                                                 ledger::ledger_store& store,
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

boost::asio::awaitable<handled> create_transfer(exchange& x) {
  auto message = read_transfer(x);
  if (!message) co_return std::move(message.error());
  const bool may_be_repeated = message->may_be_repeated;
  const caf::actor processor = x.server.what.books.processor_of(message->transfer.id);
  const auto answered = co_await x.port.ask<ledger::transfer_answer>(x.life.word(), processor,
                                                                     x.ctx, std::move(*message));
  if (!answered) co_return no_answer(x, answered.error(), may_be_repeated);
  if (answered->refused) co_return problem_of(*answered->refused);
  tell_when_due(x, answered->transfer);
  x.out.status = 201;
  if (answered->replayed) x.out.add_field("Idempotency-Replayed", "true");
  append_transfer(x.out.body, answered->transfer);
  co_return std::nullopt;
}

boost::asio::awaitable<handled> get_transfer(exchange& x) {
  const auto id = ledger::transfer_id::parse(x.id);
  if (!id) co_return invalid("id", "the transfer's id in the path must be a UUID");
  if (const auto q = query::parse(x.req.query, {}); !q) co_return q.error();
  auto look = [id = *id, who = x.caller](const lifeline::context& ctx,
                                         ledger::ledger_store& store) {
    return visible_transfer(ctx, store, id, *who);
  };
  const auto transfer = co_await from_store(x, std::move(look));
  if (!transfer) co_return transfer.error();
  append_transfer(x.out.body, *transfer);
  co_return std::nullopt;
}

}  // namespace bank::api
