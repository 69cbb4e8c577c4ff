#include "bank/api/routes/events.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "bank/api/events/event_stream.hpp"
#include "bank/api/events/websocket.hpp"
#include "bank/api/http/query.hpp"

namespace bank::api {

namespace ledger = lifeline::ledger;

namespace {

constexpr std::size_t accounts_at_once = 1'000;
constexpr std::string_view websocket_version = "13";

constexpr std::array<std::pair<std::string_view, event_group>, 4> group_names{
    {{"transfers", event_group::transfers},
     {"accounts", event_group::accounts},
     {"jobs", event_group::jobs},
     {"system", event_group::system}}};

result<event_groups> read_groups(std::string_view text) {
  event_groups groups = 0;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string_view name = text.substr(at, end - at);
    const auto* known = std::find_if(group_names.begin(), group_names.end(),
                                     [&](const auto& g) { return g.first == name; });
    if (known == group_names.end())
      return invalid("topics",
                     "topics are some of transfers, accounts, jobs, system, with commas "
                     "between them; '" +
                         std::string(name) + "' is none");
    groups |= static_cast<event_groups>(known->second);
    at = end + 1;
  }
  return groups;
}

result<std::uint64_t> read_event_id(std::string_view field, std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (ec != std::errc() || end != text.data() + text.size())
    return invalid(field, "must be the id of an event, a whole number, not " + quoted(text));
  return id;
}

/// The parameter `last_event_id` is for clients that can't set headers.
result<event_wish> read_wish(const request_context& x) {
  const auto q = query::parse(x.req.query, {"topics", "last_event_id"});
  if (!q) return q.error();
  event_wish wish;
  if (const auto topics = q->get("topics")) {
    const auto groups = read_groups(*topics);
    if (!groups) return groups.error();
    wish.groups = *groups;
  }
  const bool in_header = x.req.last_event_id && !x.req.last_event_id->empty();
  const auto given =
      in_header ? std::optional<std::string_view>(*x.req.last_event_id) : q->get("last_event_id");
  if (!given) return wish;
  const auto id = read_event_id(in_header ? "Last-Event-ID" : "last_event_id", *given);
  if (!id) return id.error();
  wish.after = *id;
  return wish;
}

problem too_many_streams(const stream_limit& limit) {
  const std::string most = std::to_string(limit.most());
  return {code::quota_exceeded,
          most + " of " + most + " event streams of the caller are open; close one",
          {},
          {},
          std::chrono::seconds(10)};
}

using account_ids = std::vector<ledger::account_id>;

result<account_ids> accounts_of(const lifeline::context& ctx, ledger::ledger_reader& store,
                                const std::string& owner) {
  account_ids ids;
  ledger::account_filter f;
  f.owner = owner;
  f.limit = accounts_at_once;
  while (true) {
    const auto page = store.list_accounts(ctx, f);
    if (!page) return problem_of(page.error());
    for (const auto& a : page->rows) ids.push_back(a.id);
    if (!page->more || page->rows.empty()) return ids;
    f.after = page->rows.back().id;
  }
}

/// Subscribes before it reads the accounts: an account opened meanwhile is in at least one.
boost::asio::awaitable<handled> begin_stream(request_context& x, const event_wish& wish,
                                             std::unique_ptr<event_format> format) {
  auto place = x.server.streams.take(x.who().name);
  if (!place) co_return too_many_streams(x.server.streams);
  const auto made = std::make_shared<event_stream>(x, wish, std::move(format), std::move(place));
  if (made->filter().needs_accounts()) {
    auto look = [owner = x.who().owner](const lifeline::context& ctx,
                                        ledger::ledger_reader& store) {
      return accounts_of(ctx, store, owner);
    };
    const auto own = co_await from_store(x, std::move(look), lifeline::lane::report);
    if (!own) co_return own.error();
    for (const auto& id : *own) made->filter().owns(id);
  }
  x.out.then = made;
  co_return std::nullopt;
}

/// Names the path's protocol and version (RFC 9110, 15.5.22; RFC 6455, 4.4).
problem upgrade_required(request_context& x) {
  x.out.offers_websocket = true;
  x.out.add_field("Sec-WebSocket-Version", websocket_version);
  return {code::upgrade_required,
          "this path is for WebSocket, version 13; send an upgrade request",
          "Upgrade",
          {},
          {}};
}

}  // namespace

boost::asio::awaitable<handled> follow_events(request_context& x) {
  if (x.server.what.events == nullptr) co_return no_such("path", x.req.path);
  const auto wish = read_wish(x);
  if (!wish) co_return wish.error();
  x.out.content_type = "text/event-stream";
  x.out.is_stream = true;
  if (x.req.method == method::head) co_return std::nullopt;
  auto refused = co_await begin_stream(x, *wish, sse_format());
  co_return refused;
}

boost::asio::awaitable<handled> open_websocket(request_context& x) {
  if (x.server.what.events == nullptr) co_return no_such("path", x.req.path);
  const auto wish = read_wish(x);
  if (!wish) co_return wish.error();
  const bool is_understood = x.req.websocket_version.value_or("") == websocket_version;
  if (x.req.method == method::head || !x.req.asks_for_websocket || !is_understood)
    co_return upgrade_required(x);
  const auto accept = ws_accept(x.req.websocket_key.value_or(""));
  if (!accept)
    co_return invalid("Sec-WebSocket-Key", "Sec-WebSocket-Key must be 16 bytes in base64");
  auto refused = co_await begin_stream(x, *wish, ws_format());
  if (refused) co_return refused;
  x.out.status = 101;
  x.out.offers_websocket = true;
  x.out.add_field("Sec-WebSocket-Accept", *accept);
  co_return std::nullopt;
}

}  // namespace bank::api
