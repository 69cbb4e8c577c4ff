#include "bank/storage/postgres/job_store.hpp"

#include <limits>

namespace bank::storage {

using lifeline::error;
using lifeline::job_query;
using lifeline::job_record;
using lifeline::job_state;
using lifeline::job_stored;

namespace {

constexpr const char* columns =
    "SELECT j.id, j.kind, j.owner, j.state, j.progress, j.failure, j.attempts, j.limit_ms,"
    " ms_of(j.created_at), ms_of(j.started_at), ms_of(j.ended_at)";
constexpr const char* texts =
    ", coalesce(i.text, ''), coalesce(r.text, '') FROM jobs j"
    " LEFT JOIN job_inputs i ON i.job = j.number LEFT JOIN job_results r ON r.job = j.number ";
constexpr const char* insert =
    "INSERT INTO jobs (id, kind, owner, state, progress, failure, attempts, limit_ms, created_at,"
    " started_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, at_ms($9::bigint),"
    " at_ms($10::bigint), at_ms($11::bigint)) ON CONFLICT DO NOTHING RETURNING number";
constexpr const char* update =
    "UPDATE jobs SET state = $1, progress = $2, failure = $3, attempts = $4, limit_ms = $5,"
    " started_at = at_ms($6::bigint), ended_at = at_ms($7::bigint) WHERE id = $8 RETURNING number";
constexpr const char* select_page =
    " FROM jobs j WHERE j.number < $1 AND ($2::text IS NULL OR j.owner = $2)"
    " AND ($3::text IS NULL OR j.kind = $3) ORDER BY j.number DESC LIMIT $4";

job_record job_of(const postgres_rows& row) {
  job_record j;
  j.id = row.text(0);
  j.kind = row.text(1);
  j.owner = row.text(2);
  j.state = lifeline::job_state_of(row.text(3)).value_or(job_state::interrupted);
  j.progress = row.real(4);
  j.failure = row.text(5);
  j.attempts = static_cast<std::uint32_t>(row.integer(6));
  j.limit = std::chrono::milliseconds(row.integer(7));
  j.created = row.time(8);
  j.started = row.time_or_null(9);
  j.ended = row.time_or_null(10);
  return j;
}

job_record whole_job_of(const postgres_rows& row) {
  job_record j = job_of(row);
  j.input = row.text(11);
  j.result = row.text(12);
  return j;
}

std::optional<std::int64_t> first_number(postgres_rows row) {
  return row.next() ? std::optional(row.integer(0)) : std::nullopt;
}

std::optional<std::int64_t> number_of(postgres_session& s, const std::string& id) {
  return first_number(s.query("SELECT number FROM jobs WHERE id = $1", id));
}

std::optional<std::int64_t> linked_by(postgres_session& s, const std::string& other) {
  return first_number(s.query("SELECT job FROM job_links WHERE id = $1", other));
}

void keep_result(postgres_session& s, std::int64_t number, const std::string& text) {
  if (text.empty()) return;
  s.query(
      "INSERT INTO job_results AS r VALUES ($1, $2) ON CONFLICT (job) DO UPDATE"
      " SET text = excluded.text WHERE r.text <> excluded.text",
      number, text);
}

bool create_job(postgres_session& s, const job_record& j) {
  const auto number = first_number(s.query(
      insert, j.id, j.kind, j.owner, to_string(j.state), j.progress, j.failure,
      std::int64_t{j.attempts}, std::int64_t{j.limit.count()}, j.created, j.started, j.ended));
  if (!number) return false;
  if (!j.input.empty()) s.query("INSERT INTO job_inputs VALUES ($1, $2)", *number, j.input);
  keep_result(s, *number, j.result);
  return true;
}

bool update_job(postgres_session& s, const job_record& j) {
  const auto number = first_number(s.query(update, to_string(j.state), j.progress, j.failure,
                                           std::int64_t{j.attempts}, std::int64_t{j.limit.count()},
                                           j.started, j.ended, j.id));
  if (number) keep_result(s, *number, j.result);
  return number.has_value();
}

std::optional<job_record> find_job(postgres_session& s, const std::string& id) {
  auto number = number_of(s, id);
  if (!number) number = linked_by(s, id);
  if (!number) return std::nullopt;
  static const std::string by_number = std::string(columns) + texts + "WHERE j.number = $1";
  auto row = s.query(by_number, *number);
  return row.next() ? std::optional(whole_job_of(row)) : std::nullopt;
}

enum class linked : std::uint8_t { done, no_such_job, taken };

linked link_job(postgres_session& s, const std::string& other, const std::string& id) {
  const auto number = number_of(s, id);
  if (!number) return linked::no_such_job;
  if (number_of(s, other)) return linked::taken;
  s.query("INSERT INTO job_links VALUES ($1, $2) ON CONFLICT DO NOTHING", other, *number);
  return linked_by(s, other) == number ? linked::done : linked::taken;
}

std::vector<job_record> list_jobs(postgres_session& s, const job_query& q) {
  static const std::string some = std::string(columns) + select_page;
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
  if (q.behind) before = number_of(s, *q.behind).value_or(0);
  std::vector<job_record> page;
  for (auto row = s.query(some, before, q.owner, q.kind, static_cast<std::int64_t>(q.most));
       row.next();)
    page.push_back(job_of(row));
  return page;
}

std::vector<job_record> unfinished_jobs(postgres_session& s) {
  static const std::string all_of_them =
      std::string(columns) + texts + "WHERE j.state IN ('queued', 'running') ORDER BY j.number";
  std::vector<job_record> some;
  for (auto row = s.query(all_of_them); row.next();) some.push_back(whole_job_of(row));
  return some;
}

std::size_t forget_jobs(postgres_session& s, lifeline::wall_time before, std::size_t most) {
  return s
      .query(
          "DELETE FROM jobs WHERE number IN (SELECT number FROM jobs"
          " WHERE ended_at < at_ms($1::bigint) LIMIT $2)",
          before, static_cast<std::int64_t>(most))
      .changed();
}

class postgres_job_store final : public lifeline::job_store {
 public:
  explicit postgres_job_store(std::shared_ptr<postgres_database> database)
      : database_(std::move(database)) {}

  job_stored<void> create(const context& ctx, const job_record& j) override {
    const auto made = told(ctx, database_->write(ctx, [&](auto& s) { return create_job(s, j); }));
    if (!made) return made.error();
    if (*made) return {};
    return error(make_error_code(std::errc::file_exists), "job '" + j.id + "' already exists");
  }
  job_stored<void> update(const context& ctx, const job_record& j) override {
    const auto made = told(ctx, database_->write(ctx, [&](auto& s) { return update_job(s, j); }));
    if (!made) return made.error();
    if (*made) return {};
    return error(make_error_code(std::errc::no_such_file_or_directory),
                 "job '" + j.id + "' does not exist");
  }
  job_stored<std::optional<job_record>> find(const context& ctx, const std::string& id) override {
    return told(ctx, database_->read(ctx, [&](auto& s) { return find_job(s, id); }));
  }
  job_stored<void> link(const context& ctx, const std::string& other,
                        const std::string& id) override {
    const auto made =
        told(ctx, database_->write(ctx, [&](auto& s) { return link_job(s, other, id); }));
    if (!made) return made.error();
    if (*made == linked::no_such_job)
      return error(make_error_code(std::errc::no_such_file_or_directory),
                   "job '" + id + "' does not exist");
    if (*made == linked::taken)
      return error(make_error_code(std::errc::file_exists),
                   "'" + other + "' belongs to another job");
    return {};
  }
  job_stored<std::vector<job_record>> list(const context& ctx, const job_query& q) override {
    return told(ctx, database_->read(ctx, [&](auto& s) { return list_jobs(s, q); }));
  }
  job_stored<std::vector<job_record>> unfinished(const context& ctx) override {
    return told(ctx, database_->read(ctx, [](auto& s) { return unfinished_jobs(s); }));
  }
  job_stored<std::size_t> forget(const context& ctx, lifeline::wall_time ended_before,
                                 std::size_t most) override {
    return told(ctx,
                database_->write(ctx, [&](auto& s) { return forget_jobs(s, ended_before, most); }));
  }

 private:
  template <class T>
  static job_stored<T> told(const context& ctx, result<T> r) {
    constexpr auto failed = boost::system::in_place_error;
    if (r) return {boost::system::in_place_value, std::move(*r)};
    if (ctx.done()) return {failed, ctx.cause()};
    return {failed, error(make_error_code(std::errc::io_error), r.error().detail)};
  }

  std::shared_ptr<postgres_database> database_;
};

}  // namespace

std::unique_ptr<lifeline::job_store> make_postgres_jobs(
    std::shared_ptr<postgres_database> database) {
  return std::make_unique<postgres_job_store>(std::move(database));
}

}  // namespace bank::storage
