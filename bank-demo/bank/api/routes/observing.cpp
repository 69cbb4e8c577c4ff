#include "bank/api/routes/observing.hpp"

#include <charconv>

#include "bank/api/http/query.hpp"
#include "bank/api/observe/figure_history.hpp"
#include "bank/api/observe/operations_service.hpp"
#include "bank/json/object_writer.hpp"

namespace bank::api {

namespace {

using std::chrono::seconds;

constexpr seconds longest_window = std::chrono::days(31);
constexpr seconds default_window = std::chrono::hours(1);

problem no_such_path(const request_context& x) { return no_such("path", x.req.path); }

/// The checks shared by these routes: the query contains only `known` parameters, and the node has
/// operations data.
handled check(const request_context& x, std::initializer_list<std::string_view> known = {}) {
  if (x.server.what.operations == nullptr) return no_such_path(x);
  if (const auto q = query::parse(x.req.query, known); !q) return q.error();
  return std::nullopt;
}

result<seconds> window_of(const request_context& x) {
  auto q = query::parse(x.req.query, {"window"});
  if (!q) return q.error();
  const auto text = q->get("window");
  if (!text) return default_window;
  const auto window = parse_window(*text);
  if (!window)
    return invalid(
        "window",
        "window must be a duration such as 90s, 15m, 24h or 7d, at most 31d, not " + quoted(*text));
  return *window;
}

double ms_of(std::int64_t us) noexcept { return static_cast<double>(us) / 1e3; }

double share(std::uint64_t part, std::uint64_t all) noexcept {
  return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

void append_window(json::object_writer& o, lifeline::wall_time since, seconds window) {
  o.time("from", since);
  o.time("to", since + window);
  o.number("window_seconds", window.count());
}

/// Dropped rows are missing in all other figures.
void append_rows(json::object_writer& o, const operations_service::parts& p) {
  if (p.rows) o.number("dropped_rows", p.rows().dropped);
}

std::string text_of(const storage::request_summary& s, const operations_service::parts& p,
                    lifeline::wall_time since, seconds window) {
  std::string out;
  {
    json::object_writer o(out);
    append_window(o, since, window);
    o.number("requests", s.count);
    o.real("per_second", static_cast<double>(s.count) / static_cast<double>(window.count()));
    o.real("mean_ms", ms_of(s.mean_us));
    o.real("p50_ms", ms_of(s.p50_us));
    o.real("p95_ms", ms_of(s.p95_us));
    o.real("p99_ms", ms_of(s.p99_us));
    o.real("error_rate", share(s.server_errors, s.count));
    o.number("server_errors", s.server_errors);
    o.number("client_errors", s.client_errors);
    o.number("unique_callers", s.callers);
    append_rows(o, p);
    o.list("slowest_paths", s.slowest,
           [](json::object_writer& r, const storage::path_summary& path) {
             r.text("method", path.method);
             r.text("path", path.route);
             r.number("requests", path.count);
             r.real("mean_ms", ms_of(path.mean_us));
             r.real("max_ms", ms_of(path.most_us));
             r.text("slowest_request", path.slowest);
           });
  }
  return out;
}

std::string text_of(const std::vector<storage::error_pattern>& all,
                    const operations_service::parts& p, lifeline::wall_time since, seconds window) {
  std::string out;
  {
    json::object_writer o(out);
    append_window(o, since, window);
    append_rows(o, p);
    o.list("patterns", all, [](json::object_writer& r, const storage::error_pattern& e) {
      r.text("method", e.method);
      r.text("path", e.route);
      r.number("status", e.status);
      r.text("code", e.code);
      r.number("count", e.count);
      r.time("last_at", e.last_at);
      r.text("last_request", e.last_request);
      r.text("last_detail", e.last_detail);
    });
  }
  return out;
}

constexpr std::size_t history_parts = 120;

std::string text_of(const kept_figures& noted, const operations_service::parts&,
                    lifeline::wall_time since, seconds window) {
  std::string out;
  {
    json::object_writer o(out);
    append_window(o, since, window);
    o.list("points", history_of(noted, since, window, history_parts),
           [](json::object_writer& p, const history_point& h) {
             p.time("at", h.at);
             p.real("per_second", h.per_second);
             p.real("error_share", h.error_share);
             p.real("p50_ms", h.p50_ms);
             p.real("p95_ms", h.p95_ms);
             p.real("p99_ms", h.p99_ms);
           });
  }
  return out;
}

constexpr std::size_t most_listed = 20;

/// Asks the request log on a blocking lane: `f(ctx, store, since)`.
template <class F>
boost::asio::awaitable<handled> answer_from_log(request_context& x, F f) {
  if (x.server.what.operations == nullptr || x.server.what.operations->what().requests == nullptr)
    co_return no_such_path(x);
  const auto window = window_of(x);
  if (!window) co_return window.error();
  const auto& p = x.server.what.operations->what();
  const auto since = x.time().wall_now() - *window;
  auto look = [f, since, store = p.requests](const lifeline::context& ctx) {
    return f(ctx, *store, since);
  };
  auto asked = co_await on_lane(x, std::move(look), lifeline::lane::report);
  if (!asked) co_return problem_of(asked.error());
  if (!*asked) co_return problem_of(asked->error());
  x.out.body += text_of(**asked, p, since, *window);
  co_return std::nullopt;
}

}  // namespace

std::optional<seconds> parse_window(std::string_view text) noexcept {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const std::int64_t per = unit.empty() || unit == "s" ? 1
                           : unit == "m"               ? 60
                           : unit == "h"               ? 3'600
                           : unit == "d"               ? 86'400
                                                       : 0;
  if (error != std::errc() || per == 0 || n < 1 || n > longest_window.count() / per)
    return std::nullopt;
  return seconds(n * per);
}

boost::asio::awaitable<handled> scrape_metrics(request_context& x) {
  if (x.server.what.operations == nullptr) co_return no_such_path(x);
  const auto& p = x.server.what.operations->what();
  if (!p.public_metrics) {
    auto refused = co_await require_role(x, overseers);
    if (refused) co_return refused;
  }
  x.out.content_type = lifeline::metrics_media_type;
  x.out.body += *x.server.what.operations->metrics_text(x.time().now());
  co_return std::nullopt;
}

boost::asio::awaitable<handled> get_overview(request_context& x) {
  if (auto refused = check(x)) co_return refused;
  x.out.body += x.server.what.operations->overview(x.server);
  co_return std::nullopt;
}

boost::asio::awaitable<handled> get_actors(request_context& x) {
  if (auto refused = check(x)) co_return refused;
  x.out.body += x.server.what.operations->actors();
  co_return std::nullopt;
}

boost::asio::awaitable<handled> get_config(request_context& x) {
  if (auto refused = check(x)) co_return refused;
  const auto& config = x.server.what.operations->what().config;
  if (!config) co_return no_such_path(x);
  x.out.body += config();
  co_return std::nullopt;
}

boost::asio::awaitable<handled> get_requests(request_context& x) {
  auto f = [](const lifeline::context& ctx, storage::request_store& store,
              lifeline::wall_time since) { return store.requests(ctx, since, most_listed); };
  auto done = co_await answer_from_log(x, f);
  co_return done;
}

boost::asio::awaitable<handled> get_node_history(request_context& x) {
  auto f = [](const lifeline::context& ctx, storage::request_store& store,
              lifeline::wall_time since) { return read_figures(ctx, store, since); };
  auto done = co_await answer_from_log(x, f);
  co_return done;
}

boost::asio::awaitable<handled> get_errors(request_context& x) {
  auto f = [](const lifeline::context& ctx, storage::request_store& store,
              lifeline::wall_time since) { return store.errors(ctx, since, most_listed); };
  auto done = co_await answer_from_log(x, f);
  co_return done;
}

}  // namespace bank::api
