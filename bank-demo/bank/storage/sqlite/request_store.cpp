#include "bank/storage/sqlite/request_store.hpp"

#include <SQLiteCpp/Transaction.h>

#include "bank/storage/sqlite/guarded.hpp"
#include "bank/storage/sqlite/opening.hpp"
#include "bank/storage/sqlite/statement.hpp"

namespace bank::storage {

namespace {

constexpr std::int32_t requests_mark = 0x4c4c7271;  // "LLrq"

std::int64_t whole(std::uint64_t n) noexcept { return static_cast<std::int64_t>(n); }

/// Writes over one connection. Members throw SQLite::Exception.
class request_writer {
 public:
  explicit request_writer(const std::filesystem::path& file)
      : connection_(file, sqlite_connection::medium_cache),
        request_((connection_.db().exec("PRAGMA synchronous = NORMAL"), connection_.db()),
                 "INSERT INTO request_logs (at, request_id, trace_id, method, route, path, caller,"
                 " status, took_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        error_(connection_.db(),
               "INSERT INTO error_logs (at, request_id, method, route, path, caller, status, code,"
               " detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        figure_(connection_.db(), "INSERT INTO system_metrics (at, name, value) VALUES (?, ?, ?)"),
        forget_requests_(connection_.db(), forget_in("request_logs")),
        forget_errors_(connection_.db(), forget_in("error_logs")),
        forget_figures_(connection_.db(), forget_in("system_metrics")) {}

  sqlite_connection& connection() noexcept { return connection_; }

  bool add(const log_batch& b) {
    SQLite::Transaction all(connection_.db(), SQLite::TransactionBehavior::IMMEDIATE);
    for (const request_row& r : b.requests) {
      const std::int64_t status = r.status;
      request_.run(r.at, r.request_id, r.trace_id, r.method, r.route, r.path, r.caller, status,
                   r.took_us);
      if (r.is_error())
        error_.run(r.at, r.request_id, r.method, r.route, r.path, r.caller, status, r.code,
                   r.detail);
    }
    for (const figure_row& f : b.figures) figure_.run(f.at, f.name, f.value);
    all.commit();
    return true;
  }

  std::uint64_t forget(wall_time before, std::size_t most) {
    int gone = 0;
    for (sqlite_statement* s : {&forget_requests_, &forget_errors_, &forget_figures_})
      gone = std::max(gone, s->run(before, whole(most)));
    return static_cast<std::uint64_t>(gone);
  }

 private:
  static std::string forget_in(const std::string& table) {
    return "DELETE FROM " + table + " WHERE number IN (SELECT number FROM " + table +
           " WHERE at < ? LIMIT ?)";
  }

  sqlite_connection connection_;
  sqlite_statement request_, error_, figure_, forget_requests_, forget_errors_, forget_figures_;
};

/// Reads over another connection.
class request_reader {
 public:
  explicit request_reader(const std::filesystem::path& file)
      : connection_(file, sqlite_connection::medium_cache),
        sums_(connection_.db(),
              "SELECT count(*), coalesce(sum(status >= 500), 0),"
              " coalesce(sum(status BETWEEN 400 AND 499), 0), count(DISTINCT nullif(caller, '')),"
              " coalesce(sum(took_us) / count(*), 0) FROM request_logs WHERE at >= ?"),
        ranked_(connection_.db(),
                "SELECT took_us FROM request_logs WHERE at >= ? ORDER BY took_us LIMIT 1 OFFSET ?"),
        // SQLite takes a bare column next to max() from the row of the maximum.
        slowest_(connection_.db(),
                 "SELECT method, route, count(*), sum(took_us) / count(*) AS mean, max(took_us),"
                 " request_id FROM request_logs WHERE at >= ? GROUP BY method, route"
                 " ORDER BY mean DESC, method, route LIMIT ?"),
        errors_(connection_.db(),
                "SELECT method, route, status, code, count(*) AS n, max(at), request_id, detail"
                " FROM error_logs WHERE at >= ? GROUP BY method, route, status, code"
                " ORDER BY n DESC, method, route, status, code LIMIT ?"),
        figures_(connection_.db(),
                 "SELECT at, name, value FROM system_metrics WHERE name = ? AND at >= ?"
                 " ORDER BY at LIMIT ?") {}

  sqlite_connection& connection() noexcept { return connection_; }

  request_summary requests(wall_time since, std::size_t most) {
    const SQLite::Transaction snapshot(connection_.db());
    request_summary s = sums(since);
    if (s.count != 0) {
      s.p50_us = ranked(since, 0.5, s.count);
      s.p95_us = ranked(since, 0.95, s.count);
      s.p99_us = ranked(since, 0.99, s.count);
    }
    for (auto row = slowest_.query(since, whole(most)); row.next();)
      s.slowest.push_back(
          {row.text(0), row.text(1), row.count(2), row.integer(3), row.integer(4), row.text(5)});
    return s;
  }

  std::vector<error_pattern> errors(wall_time since, std::size_t most) {
    std::vector<error_pattern> all;
    for (auto row = errors_.query(since, whole(most)); row.next();)
      all.push_back({row.text(0), row.text(1), static_cast<unsigned>(row.integer(2)), row.text(3),
                     row.count(4), row.time(5), row.text(6), row.text(7)});
    return all;
  }

  std::vector<figure_row> figures(const std::string& name, wall_time since, std::size_t most) {
    std::vector<figure_row> all;
    for (auto row = figures_.query(name, since, whole(most)); row.next();)
      all.push_back({row.time(0), row.text(1), row.real(2)});
    return all;
  }

 private:
  request_summary sums(wall_time since) {
    request_summary s;
    auto row = sums_.query(since);
    row.next();
    s.count = row.count(0);
    s.server_errors = row.count(1);
    s.client_errors = row.count(2);
    s.callers = row.count(3);
    s.mean_us = row.integer(4);
    return s;
  }
  std::int64_t ranked(wall_time since, double q, std::uint64_t count) {
    auto row = ranked_.query(since, whole(rank_of(q, count)));
    return row.next() ? row.integer(0) : 0;
  }

  sqlite_connection connection_;
  sqlite_statement sums_, ranked_, slowest_, errors_, figures_;
};

class sqlite_request_store final : public request_store {
 public:
  explicit sqlite_request_store(const std::filesystem::path& file) : writer_(file), reader_(file) {}

  result<void> add(const context& ctx, const log_batch& b) override {
    const auto added = writer_.write(ctx, [&](request_writer& w) { return w.add(b); });
    if (!added) return added.error();
    return {};
  }
  result<request_summary> requests(const context& ctx, wall_time since, std::size_t most) override {
    return reader_.read(ctx, [&](request_reader& r) { return r.requests(since, most); });
  }
  result<std::vector<error_pattern>> errors(const context& ctx, wall_time since,
                                            std::size_t most) override {
    return reader_.read(ctx, [&](request_reader& r) { return r.errors(since, most); });
  }
  result<std::vector<figure_row>> figures(const context& ctx, const std::string& name,
                                          wall_time since, std::size_t most) override {
    return reader_.read(ctx, [&](request_reader& r) { return r.figures(name, since, most); });
  }
  result<std::uint64_t> forget(const context& ctx, wall_time before, std::size_t most) override {
    return writer_.write(ctx, [&](request_writer& w) { return w.forget(before, most); });
  }

 private:
  sqlite_guarded<request_writer> writer_;
  sqlite_guarded<request_reader> reader_;
};

}  // namespace

std::unique_ptr<request_store> open_sqlite_requests(const std::filesystem::path& file) {
  const auto keeper = open_at_start(file, {sqlite_request_migrations(), requests_mark});
  try {
    return std::make_unique<sqlite_request_store>(file);
  } catch (const SQLite::Exception& e) {
    explain(file, e);
  }
}

}  // namespace bank::storage
