#include "bank/api/routes/search.hpp"

#include <array>

#include "bank/api/routes/parameters.hpp"
#include "bank/api/routes/views.hpp"
#include "bank/api/server/side_by_side.hpp"
#include "bank/json/write.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

/// The searchable types and their names in the API.
enum class target : std::uint8_t { accounts, transfers, owners };
constexpr std::array<std::string_view, 3> names{"accounts", "transfers", "owners"};
std::string_view name_of(target t) noexcept { return names[static_cast<std::size_t>(t)]; }

struct search_request {
  std::string text;
  std::vector<target> types;
  std::size_t limit = default_page;
  std::optional<std::string> owner;  ///< restricts the search to one owner; none: all
};

/// One type's rows as a JSON array, or its problem.
using rows_text = result<std::string>;
using search_call = std::function<rows_text(const lifeline::context&)>;

result<std::vector<target>> read_types(std::string_view text) {
  std::vector<target> types;
  while (true) {
    const auto end = text.find(',');
    const auto name = text.substr(0, end);
    const auto* const found = std::find(names.begin(), names.end(), name);
    const auto type = static_cast<target>(found - names.begin());
    if (found == names.end() || std::find(types.begin(), types.end(), type) != types.end())
      return invalid(
          "types",
          "types must be a comma-separated list of accounts, transfers, owners, each at most once");
    types.push_back(type);
    if (end == std::string_view::npos) return types;
    text.remove_prefix(end + 1);
  }
}

result<search_request> read_search(const request_context& x) {
  const auto q = query::parse(x.req.query, {"q", "types", "limit"});
  if (!q) return q.error();
  const auto text = text_parameter(*q, "q");
  if (!text) return text.error();
  if (!*text) return invalid("q", "q must be given: the text to search for");
  auto types = read_types(q->get("types").value_or("accounts,transfers,owners"));
  if (!types) return types.error();
  const auto limit = page_limit(*q);
  if (!limit) return limit.error();
  search_request r{**text, std::move(*types), *limit, {}};
  if (x.who().role == storage::role::customer) r.owner = x.who().owner;
  return r;
}

template <class T>
rows_text rows_as_text(const std::vector<T>& rows, void (*append)(std::string&, const T&)) {
  std::string out = "[";
  for (const T& row : rows) {
    if (&row != &rows.front()) out += ',';
    append(out, row);
  }
  return out + "]";
}

void append_owner(std::string& out, const ledger::owner_summary& o) {
  out += R"({"owner":)";
  json::append_string(out, o.owner);
  out += R"(,"accounts":)";
  json::append_integer(out, static_cast<std::int64_t>(o.accounts));
  out += '}';
}

rows_text search_accounts(const lifeline::context& ctx, ledger::ledger_reader& store,
                          const search_request& r) {
  ledger::account_filter f;
  f.owner = r.owner;
  f.text = r.text;
  f.limit = r.limit;
  const auto found = store.list_accounts(ctx, f);
  if (!found) return problem_of(found.error());
  return rows_as_text(found->rows, &append_account);
}

rows_text search_transfers(const lifeline::context& ctx, ledger::ledger_reader& store,
                           const search_request& r) {
  ledger::transfer_filter f;
  f.owner = r.owner;
  f.text = r.text;
  f.limit = r.limit;
  const auto found = store.list_transfers(ctx, f);
  if (!found) return problem_of(found.error());
  return rows_as_text(found->rows, &append_transfer);
}

rows_text search_owners(const lifeline::context& ctx, ledger::ledger_reader& store,
                        const search_request& r) {
  const auto found = store.list_owners(ctx, r.text, r.owner, r.limit);
  if (!found) return problem_of(found.error());
  return rows_as_text(*found, &append_owner);
}

rows_text search_type(target t, const lifeline::context& ctx, ledger::ledger_reader& store,
                      const search_request& r) {
  switch (t) {
    case target::accounts: return search_accounts(ctx, store, r);
    case target::transfers: return search_transfers(ctx, store, r);
    case target::owners: break;
  }
  return search_owners(ctx, store, r);
}

std::vector<search_call> calls_of(request_context& x, const search_request& r) {
  std::vector<search_call> calls;
  for (const target t : r.types)
    calls.emplace_back([t, r, &store = x.server.what.store](const lifeline::context& ctx) {
      return search_type(t, ctx, store, r);
    });
  return calls;
}

/// The time for the searches: four fifths of the request's rest; the last fifth is for the answer.
lifeline::duration share_of(const request_context& x) { return x.ctx.remaining() / 5 * 4; }

/// The first problem, if no type has rows and the reason is not only the time limit.
handled nothing_found(const std::vector<std::optional<rows_text>>& found) {
  handled first;
  for (const auto& rows : found) {
    if (rows && *rows) return std::nullopt;
    if (!first && rows && rows->error().code == code::store_unavailable) first = rows->error();
  }
  return first;
}

void append_findings(std::string& out, const search_request& r,
                     const std::vector<std::optional<rows_text>>& found) {
  std::string incomplete;
  out += '{';
  for (std::size_t i = 0; i < r.types.size(); ++i) {
    const std::string name = "\"" + std::string(name_of(r.types[i])) + "\"";
    if (found[i] && *found[i]) {
      out += name + ":" + **found[i] + ",";
    } else {
      incomplete += (incomplete.empty() ? "" : ",") + name;
    }
  }
  out += R"("incomplete":[)" + incomplete + "]}";
}

}  // namespace

boost::asio::awaitable<handled> search(request_context& x) {
  const auto asked = read_search(x);
  if (!asked) co_return asked.error();
  const auto share = lifeline::with_timeout(x.ctx, share_of(x));
  auto calls = calls_of(x, *asked);
  std::string what = name_of(x);
  const auto found = co_await side_by_side<rows_text>(x.port.io(), x.server.what.rt.blocking(),
                                                      x.server.calls, std::move(what), share.ctx(),
                                                      std::move(calls), lifeline::lane::report);
  if (x.ctx.done()) co_return problem_of(x.ctx.err());
  if (auto failed = nothing_found(found)) co_return failed;
  append_findings(x.out.body, *asked, found);
  co_return std::nullopt;
}

}  // namespace bank::api
