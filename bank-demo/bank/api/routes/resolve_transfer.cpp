
#include "bank/api/http/fields.hpp"
#include "bank/api/http/query.hpp"
#include "bank/api/routes/transfers.hpp"
#include "bank/api/routes/views.hpp"
#include "bank/api/routes/writes.hpp"
#include "lifeline/ledger/messages/requests.hpp"

// Changes of an existing transfer: post or void a hold, void a scheduled transfer, reverse a posted
// one.

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

/// A request about the transfer in the path.
struct transfer_request {
  ledger::transfer_id id;
  std::optional<std::int64_t> amount;
  std::optional<ledger::idempotency_key> key;
};

const json::shape& amount_table() {
  using json::shape;
  static const shape t = shape::object_of({{"amount", shape::whole(1, ledger::max_minor)}});
  return t;
}

const json::shape& empty_table() {
  static const json::shape t = json::shape::object_of({});
  return t;
}

/// `action`: the last segment of the route. The body is optional.
result<transfer_request> read_request(const request_context& x, std::string_view action,
                                      const json::shape& table) {
  const auto id = ledger::transfer_id::parse(x.id);
  if (!id)
    return invalid("id", "the transfer's id in the path must be a UUID, not " + quoted(x.id));
  if (const auto q = query::parse(x.req.query, {}); !q) return q.error();
  const std::string_view given = x.req.body.empty() ? "{}" : std::string_view(x.req.body);
  const auto body = parse_object(given);
  if (!body) return body.error();
  fields in(body->root(), table);
  if (in.failed()) return in.first_problem();
  transfer_request r{*id, in.integer("amount"), {}};
  r.key = key_of(x, "POST /v1/transfers/" + id->str() + std::string(action), body->root());
  return r;
}

problem not_theirs(const ledger::account_id& account) {
  return {code::forbidden, "account " + account.str() + " belongs to another owner", {}, {}, {}};
}

/// The transfer, if the caller may see it and may debit the account that `side` names.
result<ledger::transfer_record> own_transfer(const lifeline::context& ctx,
                                             ledger::ledger_reader& store, ledger::transfer_id id,
                                             const identity& who,
                                             ledger::account_id ledger::transfer_record::*side) {
  auto found = visible_transfer(ctx, store, id, who);
  if (!found || who.role != storage::role::customer) return found;
  if (is_world(found->from) || is_world(found->to))
    return problem{
        code::forbidden, "only an admin may move money from or to the world account", {}, {}, {}};
  const auto account = store.find_account(ctx, (*found).*side);
  if (!account) return problem_of(account.error());
  if (!*account || (*account)->owner != who.owner) return not_theirs((*found).*side);
  return found;
}

/// An earlier request with the same id or key may have done it.
problem unsure(problem p) {
  if (status_of(p.code) >= 500) p.outcome = ledger::outcome::unknown;
  return p;
}

std::optional<std::string> debits_only(const request_context& x) {
  if (x.who().role != storage::role::customer) return std::nullopt;
  return x.who().owner;
}

/// The id of the transfer's reversal, existing or new. Ids that another transfer has are skipped.
result<ledger::transfer_id> find_reversal_id(const lifeline::context& ctx,
                                             ledger::ledger_reader& store,
                                             const ledger::id_deriver& ids,
                                             const ledger::transfer_id& reversed) {
  const auto look = [&](const ledger::transfer_id& id) { return store.find_transfer(ctx, id); };
  if (const auto old = reversal_id_without_secret(ids, reversed)) {
    const auto found = look(*old);
    if (!found) return problem_of(found.error());
    if (*found && (*found)->reverses == reversed) return *old;
  }
  for (std::size_t place = 0;; ++place) {
    const auto id = reversal_id(ids, reversed, place);
    const auto found = look(id);
    if (!found) return problem_of(found.error());
    if (!*found || (*found)->reverses == reversed) return id;
  }
}

result<ledger::transfer_record> plan_reversal(const lifeline::context& ctx,
                                              ledger::ledger_reader& store, ledger::transfer_id id,
                                              const identity& who, const ledger::id_deriver& ids) {
  const auto own = own_transfer(ctx, store, id, who, &ledger::transfer_record::to);
  if (!own) return own.error();
  const auto under = find_reversal_id(ctx, store, ids, id);
  if (!under) return under.error();
  auto reversal = ledger::reversal_of(*own, *under);
  if (!reversal) return problem_of(reversal.error());
  return std::move(*reversal);
}

/// Checks the owner first: other customers must not learn that the transfer exists.
boost::asio::awaitable<result<ledger::transfer_record>> find_own(
    request_context& x, ledger::transfer_id id, ledger::account_id ledger::transfer_record::*side) {
  auto look = [id, side, who = x.caller](const lifeline::context& ctx,
                                         ledger::ledger_reader& store) {
    return own_transfer(ctx, store, id, *who, side);
  };
  auto found = co_await from_store(x, std::move(look));
  if (!found) co_return unsure(std::move(found.error()));
  co_return found;
}

/// Asks the processor and writes its answer.
template <class Message>
boost::asio::awaitable<handled> ask_processor(request_context& x, ledger::transfer_id id,
                                              Message message, unsigned status) {
  const caf::actor processor = x.server.what.books.processor_of(id);
  const auto answered = co_await x.port.ask<ledger::transfer_answer>(
      x.life.outcome_context(), processor, x.ctx, std::move(message));
  if (!answered) co_return no_answer(x, answered.error(), true);
  if (answered->refused) co_return problem_of(*answered->refused);
  x.out.status = status;
  if (status == 201) x.out.add_field("Location", location_of(answered->transfer));
  if (answered->replayed) x.out.add_field("Idempotency-Replayed", "true");
  append_transfer(x.out.body, answered->transfer);
  co_return std::nullopt;
}

}  // namespace

boost::asio::awaitable<handled> post_transfer(request_context& x) {
  auto request = read_request(x, "/post", amount_table());
  if (!request) co_return std::move(request.error());
  if (x.who().role == storage::role::customer) {
    auto own = co_await find_own(x, request->id, &ledger::transfer_record::from);
    if (!own) co_return std::move(own.error());
  }
  ledger::post_transfer message{request->id, request->amount, std::move(request->key),
                                debits_only(x)};
  auto done = co_await ask_processor(x, request->id, std::move(message), 200);
  co_return done;
}

boost::asio::awaitable<handled> void_transfer(request_context& x) {
  auto request = read_request(x, "/void", empty_table());
  if (!request) co_return std::move(request.error());
  if (x.who().role == storage::role::customer) {
    auto own = co_await find_own(x, request->id, &ledger::transfer_record::from);
    if (!own) co_return std::move(own.error());
  }
  ledger::void_transfer message{request->id, std::move(request->key), debits_only(x)};
  auto done = co_await ask_processor(x, request->id, std::move(message), 200);
  co_return done;
}

/// Posted is a transfer's final state: it can't change between this read and the reversal.
boost::asio::awaitable<handled> reverse_transfer(request_context& x) {
  auto request = read_request(x, "/reverse", empty_table());
  if (!request) co_return std::move(request.error());
  auto look = [id = request->id, who = x.caller, &ids = x.server.what.books.ids()](
                  const lifeline::context& ctx, ledger::ledger_reader& store) {
    return plan_reversal(ctx, store, id, *who, ids);
  };
  auto reversal = co_await from_store(x, std::move(look));
  if (!reversal) co_return unsure(std::move(reversal.error()));
  const ledger::transfer_id id = reversal->id;
  ledger::submit_transfer message{std::move(*reversal), std::move(request->key), debits_only(x),
                                  true};
  auto done = co_await ask_processor(x, id, std::move(message), 201);
  co_return done;
}

}  // namespace bank::api
