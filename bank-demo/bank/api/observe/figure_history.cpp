#include "bank/api/observe/figure_history.hpp"

#include <algorithm>
#include <utility>

namespace bank::api {

namespace {

using storage::figure_row;

constexpr double seconds_noted = 60;
constexpr std::size_t read_at_once = 10'000;

struct part {
  std::size_t notes = 0;
  double requests = 0;
  double errors = 0;
  history_point point;
};

/// Calls `f(part, value)` for each row that lies in a part.
template <class F>
void spread(std::vector<part>& parts, const std::vector<figure_row>& rows,
            lifeline::wall_time since, std::chrono::milliseconds length, F f) {
  for (const figure_row& r : rows) {
    if (r.at < since) continue;
    const auto n = static_cast<std::size_t>((r.at - since) / length);
    if (n < parts.size()) f(parts[n], r.value);
  }
}

void keep_worst(std::vector<part>& parts, const std::vector<figure_row>& rows,
                lifeline::wall_time since, std::chrono::milliseconds length,
                double history_point::*which) {
  spread(parts, rows, since, length, [which](part& p, double seconds) {
    p.point.*which = std::max(p.point.*which, seconds * 1e3);
  });
}

/// All rows of one figure, page by page. A page may end between rows of one time: the next page
/// starts after that time.
storage::result<std::vector<figure_row>> read_all(const lifeline::context& ctx,
                                                  storage::request_store& from, const char* name,
                                                  lifeline::wall_time since) {
  std::vector<figure_row> all;
  while (true) {
    auto page = from.figures(ctx, name, since, read_at_once);
    if (!page) return page.error();
    const bool is_last = page->size() < read_at_once;
    all.insert(all.end(), std::make_move_iterator(page->begin()),
               std::make_move_iterator(page->end()));
    if (is_last) return all;
    since = all.back().at + std::chrono::milliseconds(1);
  }
}

}  // namespace

std::vector<history_point> history_of(const kept_figures& noted, lifeline::wall_time since,
                                      std::chrono::milliseconds window, std::size_t parts) {
  const auto length = std::max(window / static_cast<std::int64_t>(std::max<std::size_t>(parts, 1)),
                               std::chrono::milliseconds(1));
  std::vector<part> all(parts);
  spread(all, noted.requests, since, length, [](part& p, double n) {
    ++p.notes;
    p.requests += n;
  });
  spread(all, noted.errors, since, length, [](part& p, double n) { p.errors += n; });
  keep_worst(all, noted.p50, since, length, &history_point::p50_ms);
  keep_worst(all, noted.p95, since, length, &history_point::p95_ms);
  keep_worst(all, noted.p99, since, length, &history_point::p99_ms);
  std::vector<history_point> points;
  for (std::size_t n = 0; n < all.size(); ++n) {
    part& p = all[n];
    if (p.notes == 0) continue;
    p.point.at = since + static_cast<std::int64_t>(n) * length;
    p.point.per_second = p.requests / static_cast<double>(p.notes) / seconds_noted;
    p.point.error_share = p.requests == 0 ? 0 : p.errors / p.requests;
    points.push_back(p.point);
  }
  return points;
}

storage::result<kept_figures> read_figures(const lifeline::context& ctx,
                                           storage::request_store& from,
                                           lifeline::wall_time since) {
  kept_figures all;
  const std::pair<const char*, std::vector<figure_row>*> wanted[] = {
      {kept_figure::requests, &all.requests},
      {kept_figure::errors, &all.errors},
      {kept_figure::p50, &all.p50},
      {kept_figure::p95, &all.p95},
      {kept_figure::p99, &all.p99}};
  for (const auto& [name, rows] : wanted) {
    auto found = read_all(ctx, from, name, since);
    if (!found) return found.error();
    *rows = std::move(*found);
  }
  return all;
}

}  // namespace bank::api
