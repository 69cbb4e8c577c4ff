#include "bank/storage/postgres/request_store.hpp"

#include "bank/storage/postgres/session.hpp"
#include "bank/storage/postgres/values.hpp"

namespace bank::storage {

namespace {

constexpr const char* insert_requests =
    "INSERT INTO request_logs (at, request_id, trace_id, method, route, path, caller, status,"
    " took_us) SELECT at_ms(at), request_id, coalesce(trace_id, ''), method, route, path, caller,"
    " status, took_us FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[],"
    " $6::text[], $7::text[], $8::bigint[], $9::bigint[])"
    " u (at, request_id, trace_id, method, route, path, caller, status, took_us)";
constexpr const char* insert_errors =
    "INSERT INTO error_logs (at, request_id, method, route, path, caller, status, code, detail)"
    " SELECT at_ms(at), request_id, method, route, path, caller, status, code, detail"
    " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
    " $7::bigint[], $8::text[], $9::text[])"
    " u (at, request_id, method, route, path, caller, status, code, detail)";
constexpr const char* insert_figures =
    "INSERT INTO system_metrics (at, name, value) SELECT at_ms(at), name, value"
    " FROM unnest($1::bigint[], $2::text[], $3::double precision[]) u (at, name, value)";
constexpr const char* select_sums =
    "SELECT count(*), count(*) FILTER (WHERE status >= 500),"
    " count(*) FILTER (WHERE status BETWEEN 400 AND 499), count(DISTINCT nullif(caller, '')),"
    " coalesce(div(sum(took_us), nullif(count(*), 0)), 0)::bigint,"
    " coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY took_us), 0),"
    " coalesce(percentile_disc(0.95) WITHIN GROUP (ORDER BY took_us), 0),"
    " coalesce(percentile_disc(0.99) WITHIN GROUP (ORDER BY took_us), 0)"
    " FROM request_logs WHERE at >= at_ms($1::bigint)";
constexpr const char* select_slowest =
    "SELECT method, route, count(*), div(sum(took_us), count(*))::bigint AS mean, max(took_us),"
    " (array_agg(request_id ORDER BY took_us DESC, number))[1]"
    " FROM request_logs WHERE at >= at_ms($1::bigint) GROUP BY method, route"
    " ORDER BY mean DESC, method, route LIMIT $2";
constexpr const char* select_errors =
    "SELECT method, route, status, code, count(*) AS n, ms_of(max(at)),"
    " (array_agg(request_id ORDER BY at DESC, number DESC))[1],"
    " (array_agg(detail ORDER BY at DESC, number DESC))[1]"
    " FROM error_logs WHERE at >= at_ms($1::bigint) GROUP BY method, route, status, code"
    " ORDER BY n DESC, method, route, status, code LIMIT $2";
constexpr const char* select_figures =
    "SELECT ms_of(at), name, value FROM system_metrics"
    " WHERE name = $1 AND at >= at_ms($2::bigint) ORDER BY at LIMIT $3";

std::int64_t whole(std::size_t n) noexcept { return static_cast<std::int64_t>(n); }

template <std::size_t N>
void insert(postgres_session& s, const char* statement, postgres_table<N>& rows) {
  if (!rows.empty()) s.query(std::string(statement), rows.take());
}

bool add_batch(postgres_session& s, const log_batch& b) {
  s.run("SET LOCAL synchronous_commit = off");
  postgres_table<9> requests;
  postgres_table<9> errors;
  postgres_table<3> figures;
  for (const request_row& r : b.requests) {
    const std::int64_t status = r.status;
    requests.add(r.at, r.request_id, r.trace_id, r.method, r.route, r.path, r.caller, status,
                 r.took_us);
    if (r.is_error())
      errors.add(r.at, r.request_id, r.method, r.route, r.path, r.caller, status, r.code, r.detail);
  }
  for (const figure_row& f : b.figures) figures.add(f.at, f.name, f.value);
  insert(s, insert_requests, requests);
  insert(s, insert_errors, errors);
  insert(s, insert_figures, figures);
  return true;
}

request_summary summary(postgres_session& s, wall_time since, std::size_t most) {
  request_summary found;
  auto sums = s.query(select_sums, since);
  sums.next();
  found.count = sums.count(0);
  found.server_errors = sums.count(1);
  found.client_errors = sums.count(2);
  found.callers = sums.count(3);
  found.mean_us = sums.integer(4);
  found.p50_us = sums.integer(5);
  found.p95_us = sums.integer(6);
  found.p99_us = sums.integer(7);
  for (auto row = s.query(select_slowest, since, whole(most)); row.next();)
    found.slowest.push_back(
        {row.text(0), row.text(1), row.count(2), row.integer(3), row.integer(4), row.text(5)});
  return found;
}

std::vector<error_pattern> patterns(postgres_session& s, wall_time since, std::size_t most) {
  std::vector<error_pattern> all;
  for (auto row = s.query(select_errors, since, whole(most)); row.next();)
    all.push_back({row.text(0), row.text(1), static_cast<unsigned>(row.integer(2)), row.text(3),
                   row.count(4), row.time(5), row.text(6), row.text(7)});
  return all;
}

std::vector<figure_row> figures_of(postgres_session& s, const std::string& name, wall_time since,
                                   std::size_t most) {
  std::vector<figure_row> all;
  for (auto row = s.query(select_figures, name, since, whole(most)); row.next();)
    all.push_back({row.time(0), row.text(1), row.real(2)});
  return all;
}

std::uint64_t forget_old(postgres_session& s, wall_time before, std::size_t most) {
  std::size_t gone = 0;
  for (const std::string table : {"request_logs", "error_logs", "system_metrics"}) {
    std::string statement = "DELETE FROM " + table;
    statement += " WHERE number IN (SELECT number FROM " + table;
    statement += " WHERE at < at_ms($1::bigint) LIMIT $2)";
    gone = std::max(gone, s.query(statement, before, whole(most)).changed());
  }
  return gone;
}

class postgres_request_store final : public request_store {
 public:
  explicit postgres_request_store(std::shared_ptr<postgres_database> database)
      : database_(std::move(database)) {}

  result<void> add(const context& ctx, const log_batch& b) override {
    const auto added = database_->write(ctx, [&](auto& s) { return add_batch(s, b); });
    if (!added) return added.error();
    return {};
  }
  result<request_summary> requests(const context& ctx, wall_time since, std::size_t most) override {
    return database_->read(ctx, [&](auto& s) { return summary(s, since, most); });
  }
  result<std::vector<error_pattern>> errors(const context& ctx, wall_time since,
                                            std::size_t most) override {
    return database_->read(ctx, [&](auto& s) { return patterns(s, since, most); });
  }
  result<std::vector<figure_row>> figures(const context& ctx, const std::string& name,
                                          wall_time since, std::size_t most) override {
    return database_->read(ctx, [&](auto& s) { return figures_of(s, name, since, most); });
  }
  result<std::uint64_t> forget(const context& ctx, wall_time before, std::size_t most) override {
    return database_->write(ctx, [&](auto& s) { return forget_old(s, before, most); });
  }

 private:
  std::shared_ptr<postgres_database> database_;
};

}  // namespace

std::unique_ptr<request_store> make_postgres_requests(std::shared_ptr<postgres_database> database) {
  return std::make_unique<postgres_request_store>(std::move(database));
}

}  // namespace bank::storage
