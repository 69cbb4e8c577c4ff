#include "bank/api/routes/accounts.hpp"
#include "bank/api/routes/parameters.hpp"
#include "bank/api/routes/statement_reading.hpp"
#include "bank/api/server/streamed_body.hpp"
#include "bank/json/write.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

/// Most rows of a statement: all are walked before the first is sent.
constexpr std::size_t longest_statement = 10'000;
constexpr std::size_t walked_at_once = 100;
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
  statement_format format = statement_format::json;
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
  return statement_request{
      *id, {*from, *to}, format == "csv" ? statement_format::csv : statement_format::json};
}

result<statement_walk> begin_statement(const lifeline::context& ctx, ledger::ledger_reader& store,
                                       const statement_request& r, const identity& who) {
  auto account = visible_account(ctx, store, r.account, who);
  if (!account) return account.error();
  auto walk = begin_walk(ctx, store, std::move(*account), r.span);
  if (!walk) return problem_of(walk.error());
  if (!r.span.to && r.span.from && *r.span.from > walk->frame().to)
    return invalid("from", "from must not be in the future");
  return std::move(*walk);
}

problem too_long() {
  return invalid("from", "more than " + std::to_string(longest_statement) +
                             " transfers are in this span; choose a shorter one, or read the "
                             "history page by page");
}

using history_page = ledger::page<ledger::history_row>;

boost::asio::awaitable<result<history_page>> read_rows(request_context& x,
                                                       const ledger::account_id& id,
                                                       std::uint64_t before, std::size_t rows) {
  auto look = [id, before, rows](const lifeline::context& ctx,
                                 ledger::ledger_reader& store) -> result<history_page> {
    auto page = store.history(ctx, id, before, rows);
    if (!page) return problem_of(page.error());
    return std::move(*page);
  };
  auto found = co_await from_store(x, std::move(look), lifeline::lane::report);
  co_return found;
}

/// Each page is a call of its own, so that others get their turns in between.
boost::asio::awaitable<result<statement_walk>> walk_statement(request_context& x,
                                                              const statement_request& r) {
  auto begin = [r, who = x.caller](const lifeline::context& ctx, ledger::ledger_reader& store) {
    return begin_statement(ctx, store, r, *who);
  };
  auto walk = co_await from_store(x, std::move(begin), lifeline::lane::report);
  if (!walk) co_return walk;
  while (const auto before = walk->next()) {
    const auto page = co_await read_rows(x, r.account, *before, walked_at_once);
    if (!page) co_return page.error();
    walk->add(*page);
    if (walk->rows() > longest_statement) co_return too_long();
  }
  co_return walk;
}

/// The statement's text, part by part. The past is closed: what the walk has seen does not change.
class statement_parts {
 public:
  statement_parts(request_context& x, statement_walk walk, statement_format f)
      : x_(x), frame_(walk.frame()), parts_(walk.take_parts()), format_(f) {}

  boost::asio::awaitable<result<std::string>> next(const lifeline::context& ctx) {
    std::string out;
    if (std::exchange(at_start_, false)) append_statement_start(out, frame_, format_);
    if (!parts_.empty()) {
      const auto added = co_await append_oldest(out, ctx);
      if (!added) co_return added.error();
    } else if (!std::exchange(at_end_, true)) {
      append_statement_end(out, frame_, format_);
    }
    co_return out;
  }

 private:
  boost::asio::awaitable<result<bool>> append_oldest(std::string& out,
                                                     const lifeline::context& ctx) {
    const statement_part part = parts_.back();
    parts_.pop_back();
    const auto within = lifeline::with_timeout(ctx, x_.server.options.read_deadline);
    x_.ctx = lifeline::with_value(within.ctx(), request_id_key, std::string(x_.request_id));
    const auto page = co_await read_rows(x_, frame_.account.id, part.before, part.rows);
    if (!page) co_return page.error();
    for (auto row = page->rows.rbegin(); row != page->rows.rend(); ++row)
      append_statement_row(out, frame_, *row, std::exchange(at_first_, false), format_);
    co_return true;
  }

  request_context& x_;
  const statement_frame frame_;
  std::vector<statement_part> parts_;
  const statement_format format_;
  bool at_start_ = true;
  bool at_first_ = true;
  bool at_end_ = false;
};

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
  auto walk = co_await walk_statement(x, *asked);
  if (!walk) co_return walk.error();
  if (asked->format == statement_format::csv) {
    x.out.content_type = "text/csv; charset=utf-8; header=present";
    x.out.add_field("Content-Disposition",
                    "attachment; filename=\"statement-" + asked->account.str() + ".csv\"");
  }
  x.out.etag = walk->tag(asked->format);
  auto parts = std::make_shared<statement_parts>(x, std::move(*walk), asked->format);
  stream_body(x, [parts](const lifeline::context& ctx) { return parts->next(ctx); });
  co_return std::nullopt;
}

}  // namespace bank::api
