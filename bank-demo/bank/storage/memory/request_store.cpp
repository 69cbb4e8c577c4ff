#include "bank/storage/memory/request_store.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "bank/storage/rules/posting.hpp"

namespace bank::storage {

using lifeline::ledger::errc;
using lifeline::ledger::failure;
using lifeline::ledger::outcome;

namespace {

/// Whole microseconds, rounded as in the databases.
std::int64_t mean(std::int64_t sum, std::uint64_t count) {
  return count == 0 ? 0 : sum / static_cast<std::int64_t>(count);
}

struct path_sum {
  path_summary path;
  std::int64_t sum = 0;
};

std::vector<path_summary> slowest(const std::vector<const request_row*>& rows, std::size_t most) {
  std::map<std::pair<std::string, std::string>, path_sum> sums;
  for (const request_row* r : rows) {
    path_sum& s = sums[{r->method, r->route}];
    s.sum += r->took_us;
    if (s.path.count++ == 0 || r->took_us > s.path.most_us) {
      s.path.most_us = r->took_us;
      s.path.slowest = r->request_id;
    }
  }
  std::vector<path_summary> all;
  for (auto& [names, s] : sums) {
    std::tie(s.path.method, s.path.route) = names;
    s.path.mean_us = mean(s.sum, s.path.count);
    all.push_back(std::move(s.path));
  }
  std::ranges::stable_sort(all, std::ranges::greater(), &path_summary::mean_us);
  all.resize(std::min(all.size(), most));
  return all;
}

/// Deletes from the oldest arrivals on; rows are in order of arrival, not of time.
template <class Row>
std::uint64_t forget_in(std::deque<Row>& rows, wall_time before, std::size_t most) {
  std::uint64_t gone = 0;
  std::erase_if(rows, [&](const Row& r) {
    if (r.at >= before || gone >= most) return false;
    ++gone;
    return true;
  });
  return gone;
}

}  // namespace

std::optional<failure> memory_request_store::cannot(const context& ctx) const {
  if (auto end = ended(ctx)) return end;
  return std::nullopt;
}

result<void> memory_request_store::add(const context& ctx, const log_batch& b) {
  if (auto end = cannot(ctx)) return std::move(*end);
  const std::lock_guard lock(mutex_);
  if (fails_) return failure{errc::store_unavailable, outcome::none, "a fault of the memory store"};
  for (const request_row& r : b.requests) {
    requests_.push_back(r);
    if (r.is_error()) errors_.push_back(r);
  }
  figures_.insert(figures_.end(), b.figures.begin(), b.figures.end());
  return {};
}

result<request_summary> memory_request_store::requests(const context& ctx, wall_time since,
                                                       std::size_t most) {
  if (auto end = cannot(ctx)) return std::move(*end);
  const std::lock_guard lock(mutex_);
  std::vector<const request_row*> rows;
  std::vector<std::int64_t> times;
  std::set<std::string_view> callers;
  request_summary s;
  std::int64_t sum = 0;
  for (const request_row& r : requests_) {
    if (r.at < since) continue;
    rows.push_back(&r);
    times.push_back(r.took_us);
    sum += r.took_us;
    if (!r.caller.empty()) callers.insert(r.caller);
    s.server_errors += r.status >= 500 ? 1 : 0;
    s.client_errors += r.status >= 400 && r.status < 500 ? 1 : 0;
  }
  s.count = rows.size();
  s.callers = callers.size();
  s.mean_us = mean(sum, s.count);
  std::ranges::sort(times);
  if (!times.empty()) {
    s.p50_us = times[rank_of(0.5, s.count)];
    s.p95_us = times[rank_of(0.95, s.count)];
    s.p99_us = times[rank_of(0.99, s.count)];
  }
  s.slowest = slowest(rows, most);
  return s;
}

result<std::vector<error_pattern>> memory_request_store::errors(const context& ctx, wall_time since,
                                                                std::size_t most) {
  if (auto end = cannot(ctx)) return std::move(*end);
  const std::lock_guard lock(mutex_);
  std::map<std::tuple<std::string, std::string, unsigned, std::string>, error_pattern> patterns;
  for (const request_row& r : errors_) {
    if (r.at < since) continue;
    error_pattern& p = patterns[{r.method, r.route, r.status, r.code}];
    if (p.count++ != 0 && r.at < p.last_at) continue;
    p.last_at = r.at;
    p.last_request = r.request_id;
    p.last_detail = r.detail;
  }
  std::vector<error_pattern> all;
  for (auto& [names, p] : patterns) {
    std::tie(p.method, p.route, p.status, p.code) = names;
    all.push_back(std::move(p));
  }
  std::ranges::stable_sort(all, std::ranges::greater(), &error_pattern::count);
  all.resize(std::min(all.size(), most));
  return all;
}

result<std::vector<figure_row>> memory_request_store::figures(const context& ctx,
                                                              const std::string& name,
                                                              wall_time since, std::size_t most) {
  if (auto end = cannot(ctx)) return std::move(*end);
  const std::lock_guard lock(mutex_);
  std::vector<figure_row> found;
  for (const figure_row& f : figures_)
    if (f.name == name && f.at >= since) found.push_back(f);
  std::ranges::stable_sort(found, {}, &figure_row::at);
  found.resize(std::min(found.size(), most));
  return found;
}

result<std::uint64_t> memory_request_store::forget(const context& ctx, wall_time before,
                                                   std::size_t most) {
  if (auto end = cannot(ctx)) return std::move(*end);
  const std::lock_guard lock(mutex_);
  return std::max({forget_in(requests_, before, most), forget_in(errors_, before, most),
                   forget_in(figures_, before, most)});
}

void memory_request_store::fail_adds(bool fail) {
  const std::lock_guard lock(mutex_);
  fails_ = fail;
}

std::vector<request_row> memory_request_store::rows() const {
  const std::lock_guard lock(mutex_);
  return {requests_.begin(), requests_.end()};
}

}  // namespace bank::storage
