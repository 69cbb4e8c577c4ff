#include <charconv>

#include "bank/api/http/cursor.hpp"
#include "bank/api/routes/accounts.hpp"
#include "bank/api/routes/parameters.hpp"
#include "bank/api/routes/transfers.hpp"
#include "bank/api/routes/views.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

using page = ledger::page<ledger::transfer_record>;

void append_part(std::string& scope, const std::optional<lifeline::wall_time>& t) {
  scope += '\n';
  if (t) scope += std::to_string(t->time_since_epoch().count());
}

/// Name of the list and its filters: a cursor is valid for these only.
std::string scope_of(const ledger::transfer_filter& f) {
  std::string scope = "transfers\n";
  if (f.account) scope += f.account->str();
  scope += '\n';
  if (f.owner) scope.append("=").append(*f.owner);
  scope += '\n';
  if (f.status) scope += to_string(*f.status);
  append_part(scope, f.from);
  append_part(scope, f.to);
  return scope;
}

handled read_place(const query& q, ledger::transfer_filter& f) {
  const auto text = q.get("cursor");
  if (!text) return std::nullopt;
  const auto place = read_cursor(scope_of(f), *text);
  if (place) std::from_chars(place->data(), place->data() + place->size(), f.before);
  if (f.before == 0) return invalid("cursor", wrong_cursor);
  return std::nullopt;
}

handled read_span(const query& q, ledger::transfer_filter& f) {
  const auto from = time_parameter(q, "from_time");
  if (!from) return from.error();
  const auto to = time_parameter(q, "to_time");
  if (!to) return to.error();
  f.from = *from;
  f.to = *to;
  if (f.from && f.to && *f.from > *f.to)
    return invalid("to_time", "to_time must not be before from_time");
  return std::nullopt;
}

result<ledger::transfer_filter> read_filter(const request_context& x) {
  const auto q =
      query::parse(x.req.query, {"account", "state", "from_time", "to_time", "limit", "cursor"});
  if (!q) return q.error();
  ledger::transfer_filter f;
  const auto account = account_parameter(*q, "account");
  if (!account) return account.error();
  f.account = *account;
  const auto limit = page_limit(*q);
  if (!limit) return limit.error();
  f.limit = *limit;
  if (const auto state = q->get("state")) {
    f.status = ledger::parse_transfer_status(*state);
    if (!f.status)
      return invalid("state",
                     "state must be scheduled, pending, posted, voided, expired or rejected, not " +
                         quoted(*state));
  }
  if (x.who().role == storage::role::customer) f.owner = x.who().owner;
  if (auto refused = read_span(*q, f)) return std::move(*refused);
  if (auto refused = read_place(*q, f)) return std::move(*refused);
  return f;
}

}  // namespace

boost::asio::awaitable<handled> list_transfers(request_context& x) {
  const auto filter = read_filter(x);
  if (!filter) co_return filter.error();
  auto list = [f = *filter, who = x.caller](const lifeline::context& ctx,
                                            ledger::ledger_reader& store) -> result<page> {
    if (f.account) {
      const auto account = visible_account(ctx, store, *f.account, *who);
      if (!account) return account.error();
    }
    if (f.to) {  // a list up to a past time never changes
      const auto closed = store.close_past(ctx, *f.to, ctx.time().wall_now());
      if (!closed) return problem_of(closed.error());
    }
    auto found = store.list_transfers(ctx, f);
    if (!found) return problem_of(found.error());
    return std::move(*found);
  };
  const auto rows = co_await from_store(x, std::move(list), lifeline::lane::report);
  if (!rows) co_return rows.error();
  std::optional<std::string> next;
  if (rows->more && !rows->rows.empty())
    next = make_cursor(scope_of(*filter), std::to_string(rows->rows.back().first_sequence));
  append_page(x.out.body, rows->rows, &append_transfer, next);
  co_return std::nullopt;
}

}  // namespace bank::api
