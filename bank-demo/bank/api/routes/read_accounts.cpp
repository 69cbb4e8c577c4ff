#include <charconv>

#include "bank/api/cache/reading_answer.hpp"
#include "bank/api/http/cursor.hpp"
#include "bank/api/routes/accounts.hpp"
#include "bank/api/routes/parameters.hpp"
#include "bank/api/routes/views.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

/// Name of the list and its filters: a cursor is valid for these only.
std::string scope_of(const ledger::account_filter& f) {
  std::string scope = "accounts";
  for (const auto* part : {&f.owner, &f.ref}) {
    scope += '\n';
    if (*part) scope.append("=").append(**part);
  }
  scope += '\n';
  if (f.status) scope += to_string(*f.status);
  return scope;
}

handled read_place(const query& q, ledger::account_filter& f) {
  const auto text = q.get("cursor");
  if (!text) return std::nullopt;
  const auto place = read_cursor(scope_of(f), *text);
  const auto id = place ? ledger::account_id::parse(*place) : std::nullopt;
  if (!id) return invalid("cursor", wrong_cursor);
  f.after = *id;
  return std::nullopt;
}

result<ledger::account_filter> read_filter(const request_context& x) {
  const auto q = query::parse(x.req.query, {"owner", "ref", "state", "limit", "cursor"});
  if (!q) return q.error();
  ledger::account_filter f;
  const auto owner = text_parameter(*q, "owner");
  if (!owner) return owner.error();
  const auto ref = text_parameter(*q, "ref");
  if (!ref) return ref.error();
  const auto limit = page_limit(*q);
  if (!limit) return limit.error();
  f.owner = *owner;
  f.ref = *ref;
  f.limit = *limit;
  if (const auto state = q->get("state")) {
    f.status = ledger::parse_account_status(*state);
    if (!f.status)
      return invalid("state", "state must be open, frozen or closed, not " + quoted(*state));
  }
  if (x.who().role == storage::role::customer) {
    if (f.owner && *f.owner != x.who().owner)
      return problem{
          code::forbidden, "customers may only list their own accounts", "owner", {}, {}};
    f.owner = x.who().owner;
  }
  if (auto refused = read_place(*q, f)) return std::move(*refused);
  return f;
}

result<reading_key> read_history(const request_context& x) {
  const auto id = account_in_path(x);
  if (!id) return id.error();
  const auto q = query::parse(x.req.query, {"limit", "cursor"});
  if (!q) return q.error();
  const auto limit = page_limit(*q);
  if (!limit) return limit.error();
  reading_key r{*id, true, 0, *limit};
  if (const auto text = q->get("cursor")) {
    const auto place = read_cursor(history_scope(*id), *text);
    if (place) std::from_chars(place->data(), place->data() + place->size(), r.before);
    if (r.before == 0) return invalid("cursor", wrong_cursor);
  }
  return r;
}

}  // namespace

result<ledger::account_record> visible_account(const lifeline::context& ctx,
                                               ledger::ledger_reader& store, ledger::account_id id,
                                               const identity& who) {
  auto found = store.find_account(ctx, id);
  if (!found) return problem_of(found.error());
  const bool customer = who.role == storage::role::customer;
  const bool hidden =
      !*found ||
      (customer && ((*found)->owner != who.owner || (*found)->type == ledger::account_type::world));
  if (hidden) return no_such("account", id.str());
  return std::move(**found);
}

boost::asio::awaitable<handled> list_accounts(request_context& x) {
  const auto filter = read_filter(x);
  if (!filter) co_return filter.error();
  using page = ledger::page<ledger::account_record>;
  auto list = [f = *filter](const lifeline::context& ctx,
                            ledger::ledger_reader& store) -> result<page> {
    auto found = store.list_accounts(ctx, f);
    if (!found) return problem_of(found.error());
    return std::move(*found);
  };
  const auto rows = co_await from_store(x, std::move(list), lifeline::lane::report);
  if (!rows) co_return rows.error();
  std::optional<std::string> next;
  if (rows->more && !rows->rows.empty())
    next = make_cursor(scope_of(*filter), rows->rows.back().id.str());
  append_page(x.out.body, rows->rows, &append_account, next);
  co_return std::nullopt;
}

boost::asio::awaitable<handled> get_account(request_context& x) {
  const auto id = account_in_path(x);
  if (!id) co_return id.error();
  if (const auto q = query::parse(x.req.query, {}); !q) co_return q.error();
  const reading_key view{*id};
  auto done = co_await answer_reading(x, view);
  co_return done;
}

boost::asio::awaitable<handled> get_history(request_context& x) {
  const auto asked = read_history(x);
  if (!asked) co_return asked.error();
  auto done = co_await answer_reading(x, *asked);
  co_return done;
}

}  // namespace bank::api
