#include "bank/api/routes/accounts.hpp"
#include "bank/api/routes/parameters.hpp"
#include "bank/api/routes/statement_reading.hpp"
#include "bank/json/write.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

/// Most rows of a statement: it is built in memory.
constexpr std::size_t longest_statement = 10'000;
constexpr std::chrono::milliseconds one_moment{1};

// -- past balances --------------------------------------------------------------------------------

struct balance_request {
  ledger::account_id account;
  std::optional<lifeline::wall_time> at;  ///< none: now
};

struct balance_answer {
  ledger::currency unit;
  lifeline::wall_time at{};
  ledger::dated_balance balance;
};

result<balance_request> read_balance(const request_context& x) {
  const auto id = account_in_path(x);
  if (!id) return id.error();
  const auto q = query::parse(x.req.query, {"at"});
  if (!q) return q.error();
  const auto at = time_parameter(*q, "at");
  if (!at) return at.error();
  return balance_request{*id, *at};
}

result<balance_answer> find_balance(const lifeline::context& ctx, ledger::ledger_reader& store,
                                    const balance_request& r, const identity& who) {
  const auto account = visible_account(ctx, store, r.account, who);
  if (!account) return account.error();
  const auto wanted = r.at ? *r.at + one_moment : lifeline::wall_time::max();
  const auto end = store.close_past(ctx, wanted, ctx.time().wall_now());
  if (!end) return problem_of(end.error());
  if (r.at && *end < wanted) return invalid("at", "at must not be in the future");
  const auto at = *end - one_moment;
  const auto found = store.balance_at(ctx, r.account, at);
  if (!found) return problem_of(found.error());
  if (!*found)
    return problem{code::not_found,
                   "account " + r.account.str() + " was opened later than that",
                   "at",
                   {},
                   {}};
  return balance_answer{account->unit, at, **found};
}

// -- statements -----------------------------------------------------------------------------------

struct statement_request {
  ledger::account_id account;
  statement_span span;
  bool csv = false;
};

result<statement_request> read_request(const request_context& x) {
  const auto id = account_in_path(x);
  if (!id) return id.error();
  const auto q = query::parse(x.req.query, {"from", "to", "format"});
  if (!q) return q.error();
  const auto from = time_parameter(*q, "from");
  if (!from) return from.error();
  const auto to = time_parameter(*q, "to");
  if (!to) return to.error();
  const auto format = q->get("format").value_or("json");
  if (format != "json" && format != "csv")
    return invalid("format", "format must be json or csv, not " + quoted(format));
  if (*from && *to && **from > **to) return invalid("to", "to must not be before from");
  return statement_request{*id, {*from, *to}, format == "csv"};
}

result<dated_statement> find_statement(const lifeline::context& ctx, ledger::ledger_reader& store,
                                       const statement_request& r, const identity& who) {
  auto account = visible_account(ctx, store, r.account, who);
  if (!account) return account.error();
  auto found = read_statement(ctx, store, std::move(*account), r.span, longest_statement);
  if (!found) return problem_of(found.error());
  if (!r.span.to && r.span.from && *r.span.from > found->to)
    return invalid("from", "from must not be in the future");
  if (found->content.more)
    return invalid("from", "more than " + std::to_string(longest_statement) +
                               " transfers are in this span; choose a shorter one, or read the "
                               "history page by page");
  return std::move(*found);
}

}  // namespace

boost::asio::awaitable<handled> get_balance(request_context& x) {
  const auto asked = read_balance(x);
  if (!asked) co_return asked.error();
  auto look = [r = *asked, who = x.caller](const lifeline::context& ctx,
                                           ledger::ledger_reader& store) {
    return find_balance(ctx, store, r, *who);
  };
  const auto found = co_await from_store(x, std::move(look), lifeline::lane::report);
  if (!found) co_return found.error();
  std::string& out = x.out.body;
  out += R"({"account":)";
  json::append_uuid(out, asked->account);
  out += R"(,"currency":)";
  json::append_string(out, found->unit.code());
  out += R"(,"at":)";
  json::append_time(out, found->at);
  out += R"(,"posted":)";
  json::append_integer(out, found->balance.posted);
  out += R"(,"sequence":)";
  json::append_integer(out, static_cast<std::int64_t>(found->balance.sequence));
  out += '}';
  co_return std::nullopt;
}

boost::asio::awaitable<handled> get_statement(request_context& x) {
  const auto asked = read_request(x);
  if (!asked) co_return asked.error();
  auto look = [r = *asked, who = x.caller](const lifeline::context& ctx,
                                           ledger::ledger_reader& store) {
    return find_statement(ctx, store, r, *who);
  };
  const auto found = co_await from_store(x, std::move(look), lifeline::lane::report);
  if (!found) co_return found.error();
  if (asked->csv) {
    x.out.content_type = "text/csv; charset=utf-8; header=present";
    x.out.add_field("Content-Disposition",
                    "attachment; filename=\"statement-" + asked->account.str() + ".csv\"");
    append_statement_csv(x.out.body, *found);
  } else {
    append_statement(x.out.body, *found);
  }
  co_return std::nullopt;
}

}  // namespace bank::api
