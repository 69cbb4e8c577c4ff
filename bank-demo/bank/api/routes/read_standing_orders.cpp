#include <charconv>

#include "bank/api/http/cursor.hpp"
#include "bank/api/routes/accounts.hpp"
#include "bank/api/routes/parameters.hpp"
#include "bank/api/routes/standing_orders.hpp"
#include "bank/api/routes/views.hpp"
#include "bank/json/write.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

using page = ledger::page<ledger::standing_order>;

/// The order, if the caller may see it: customers see orders that pay from their accounts.
result<ledger::standing_order> visible_order(const lifeline::context& ctx,
                                             ledger::ledger_reader& store,
                                             ledger::standing_order_id id, const identity& who) {
  auto found = store.find_order(ctx, id);
  if (!found) return problem_of(found.error());
  if (!*found) return no_such("standing order", id.str());
  if (who.role == storage::role::customer) {
    const auto account = store.find_account(ctx, (*found)->from);
    if (!account) return problem_of(account.error());
    if (!*account || (*account)->owner != who.owner) return no_such("standing order", id.str());
  }
  return std::move(**found);
}

/// Name of the list and its filters: a cursor is valid for these only.
std::string scope_of(const ledger::order_filter& f) {
  std::string scope = "standing orders\n";
  if (f.from) scope += f.from->str();
  scope += '\n';
  if (f.owner) scope.append("=").append(*f.owner);
  scope += '\n';
  if (f.status) scope += to_string(*f.status);
  return scope;
}

result<ledger::order_filter> read_filter(const request_context& x) {
  const auto q = query::parse(x.req.query, {"account", "state", "limit", "cursor"});
  if (!q) return q.error();
  ledger::order_filter f;
  const auto account = account_parameter(*q, "account");
  if (!account) return account.error();
  f.from = *account;
  const auto limit = page_limit(*q);
  if (!limit) return limit.error();
  f.limit = *limit;
  if (const auto state = q->get("state")) {
    f.status = ledger::parse_order_status(*state);
    if (!f.status)
      return invalid("state", "state must be active, ended or deleted, not " + quoted(*state));
  }
  if (x.who().role == storage::role::customer) f.owner = x.who().owner;
  if (const auto text = q->get("cursor")) {
    const auto place = read_cursor(scope_of(f), *text);
    if (place) std::from_chars(place->data(), place->data() + place->size(), f.before);
    if (f.before == 0) return invalid("cursor", wrong_cursor);
  }
  return f;
}

void append_time_or_null(std::string& out, std::string_view before,
                         const std::optional<lifeline::wall_time>& t) {
  out += before;
  if (t) {
    json::append_time(out, *t);
  } else {
    out += "null";
  }
}

}  // namespace

void append_order(std::string& out, const ledger::standing_order& o) {
  out += R"({"id":)";
  json::append_uuid(out, o.id);
  out += R"(,"from":)";
  append_side(out, o.from);
  out += R"(,"to":)";
  append_side(out, o.to);
  out += R"(,"amount":)";
  json::append_integer(out, o.amount.minor);
  out += R"(,"currency":)";
  json::append_string(out, o.amount.unit.code());
  out += R"(,"every":)";
  json::append_string(out, to_string(o.schedule.every));
  append_time_or_null(out, R"(,"first_at":)", o.schedule.first_at);
  append_time_or_null(out, R"(,"last_at":)", o.schedule.last_at);
  out += R"(,"memo":)";
  if (o.memo) {
    json::append_string(out, *o.memo);
  } else {
    out += "null";
  }
  out += R"(,"state":)";
  json::append_string(out, to_string(status_of(o)));
  append_time_or_null(out, R"(,"next_at":)", o.next_at);
  out += R"(,"occurrences":)";
  json::append_integer(out, static_cast<std::int64_t>(o.made));
  append_time_or_null(out, R"(,"created_at":)", o.created_at);
  append_time_or_null(out, R"(,"deleted_at":)", o.deleted_at);
  out += '}';
}

boost::asio::awaitable<handled> get_order(request_context& x) {
  const auto id = ledger::standing_order_id::parse(x.id);
  if (!id)
    co_return invalid("id",
                      "the standing order's id in the path must be a UUID, not " + quoted(x.id));
  if (const auto q = query::parse(x.req.query, {}); !q) co_return q.error();
  auto look = [id = *id, who = x.caller](const lifeline::context& ctx,
                                         ledger::ledger_reader& store) {
    return visible_order(ctx, store, id, *who);
  };
  const auto order = co_await from_store(x, std::move(look));
  if (!order) co_return order.error();
  append_order(x.out.body, *order);
  co_return std::nullopt;
}

boost::asio::awaitable<handled> list_orders(request_context& x) {
  const auto filter = read_filter(x);
  if (!filter) co_return filter.error();
  auto list = [f = *filter, who = x.caller](const lifeline::context& ctx,
                                            ledger::ledger_reader& store) -> result<page> {
    if (f.from) {
      const auto account = visible_account(ctx, store, *f.from, *who);
      if (!account) return account.error();
    }
    auto found = store.list_orders(ctx, f);
    if (!found) return problem_of(found.error());
    return std::move(*found);
  };
  const auto rows = co_await from_store(x, std::move(list), lifeline::lane::report);
  if (!rows) co_return rows.error();
  std::optional<std::string> next;
  if (rows->more && !rows->rows.empty())
    next = make_cursor(scope_of(*filter), std::to_string(rows->rows.back().number));
  append_page(x.out.body, rows->rows, &append_order, next);
  co_return std::nullopt;
}

}  // namespace bank::api
