#include "bank/storage/postgres/job_store.hpp"

#include <limits>

#include "bank/storage/job_tables.hpp"

namespace bank::storage {

using lifeline::job_query;
using lifeline::job_record;

namespace {

constexpr const char* columns =
    "SELECT j.id, j.kind, j.owner, j.state, j.progress, j.failure, j.attempts, j.limit_ms,"
    " ms_of(j.created_at), ms_of(j.started_at), ms_of(j.ended_at)";
constexpr const char* texts =
    ", coalesce(i.text, ''), coalesce(r.text, '') FROM jobs j"
    " LEFT JOIN job_inputs i ON i.job = j.number LEFT JOIN job_results r ON r.job = j.number ";
constexpr const char* insert_job =
    "INSERT INTO jobs (id, kind, owner, state, progress, failure, attempts, limit_ms, created_at,"
    " started_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, at_ms($9::bigint),"
    " at_ms($10::bigint), at_ms($11::bigint)) ON CONFLICT DO NOTHING RETURNING number";
constexpr const char* update_job =
    "UPDATE jobs SET state = $1, progress = $2, failure = $3, attempts = $4, limit_ms = $5,"
    " started_at = at_ms($6::bigint), ended_at = at_ms($7::bigint) WHERE id = $8 RETURNING number";
constexpr const char* select_page =
    " FROM jobs j WHERE j.number < $1 AND ($2::text IS NULL OR j.owner = $2)"
    " AND ($3::text IS NULL OR j.kind = $3) ORDER BY j.number DESC LIMIT $4";

std::optional<std::int64_t> first_number(postgres_rows row) {
  return row.next() ? std::optional(row.integer(0)) : std::nullopt;
}

/// The jobs over one session. Members throw postgres_error.
class job_table {
 public:
  explicit job_table(postgres_session& s) noexcept : s_(s) {}

  bool create(const job_record& j) {
    const auto number = first_number(s_.query(
        insert_job, j.id, j.kind, j.owner, to_string(j.state), j.progress, j.failure,
        std::int64_t{j.attempts}, std::int64_t{j.limit.count()}, j.created, j.started, j.ended));
    if (!number) return false;
    if (!j.input.empty()) s_.query("INSERT INTO job_inputs VALUES ($1, $2)", *number, j.input);
    keep_result(*number, j.result);
    return true;
  }

  bool update(const job_record& j) {
    const auto number = first_number(
        s_.query(update_job, to_string(j.state), j.progress, j.failure, std::int64_t{j.attempts},
                 std::int64_t{j.limit.count()}, j.started, j.ended, j.id));
    if (number) keep_result(*number, j.result);
    return number.has_value();
  }

  std::optional<job_record> find(const std::string& id) {
    auto number = number_of(id);
    if (!number) number = linked_by(id);
    if (!number) return std::nullopt;
    static const std::string by_number = std::string(columns) + texts + "WHERE j.number = $1";
    auto row = s_.query(by_number, *number);
    return row.next() ? std::optional(whole_job_in(row)) : std::nullopt;
  }

  job_link link(const std::string& other, const std::string& id) {
    const auto number = number_of(id);
    if (!number) return job_link::no_such_job;
    if (number_of(other)) return job_link::taken;
    s_.query("INSERT INTO job_links VALUES ($1, $2) ON CONFLICT DO NOTHING", other, *number);
    return linked_by(other) == number ? job_link::done : job_link::taken;
  }

  std::vector<job_record> list(const job_query& q) {
    static const std::string some = std::string(columns) + select_page;
    std::int64_t before = std::numeric_limits<std::int64_t>::max();
    if (q.behind) before = number_of(*q.behind).value_or(0);
    std::vector<job_record> page;
    for (auto row = s_.query(some, before, q.owner, q.kind, static_cast<std::int64_t>(q.most));
         row.next();)
      page.push_back(job_in(row));
    return page;
  }

  std::vector<job_record> unfinished() {
    static const std::string all_of_them =
        std::string(columns) + texts + "WHERE j.state IN ('queued', 'running') ORDER BY j.number";
    std::vector<job_record> some;
    for (auto row = s_.query(all_of_them); row.next();) some.push_back(whole_job_in(row));
    return some;
  }

  std::size_t forget(lifeline::wall_time before, std::size_t most) {
    return s_
        .query(
            "DELETE FROM jobs WHERE number IN (SELECT number FROM jobs"
            " WHERE ended_at < at_ms($1::bigint) LIMIT $2)",
            before, static_cast<std::int64_t>(most))
        .changed();
  }

 private:
  std::optional<std::int64_t> number_of(const std::string& id) {
    return first_number(s_.query("SELECT number FROM jobs WHERE id = $1", id));
  }

  std::optional<std::int64_t> linked_by(const std::string& other) {
    return first_number(s_.query("SELECT job FROM job_links WHERE id = $1", other));
  }

  void keep_result(std::int64_t number, const std::string& text) {
    if (text.empty()) return;
    s_.query(
        "INSERT INTO job_results AS r VALUES ($1, $2) ON CONFLICT (job) DO UPDATE"
        " SET text = excluded.text WHERE r.text <> excluded.text",
        number, text);
  }

  postgres_session& s_;
};

class job_access {
 public:
  explicit job_access(std::shared_ptr<postgres_database> database)
      : database_(std::move(database)) {}

  template <class F>
  auto read(const context& ctx, F&& act) {
    return database_->read(ctx, [&](postgres_session& s) { return over(s, act); });
  }
  template <class F>
  auto write(const context& ctx, F&& act) {
    return database_->write(ctx, [&](postgres_session& s) { return over(s, act); });
  }

 private:
  template <class F>
  static auto over(postgres_session& s, F& act) {
    job_table jobs(s);
    return act(jobs);
  }

  std::shared_ptr<postgres_database> database_;
};

}  // namespace

std::unique_ptr<lifeline::job_store> make_postgres_jobs(
    std::shared_ptr<postgres_database> database) {
  return std::make_unique<job_tables<job_access>>(std::move(database));
}

}  // namespace bank::storage
