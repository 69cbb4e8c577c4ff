#include "bank/storage/sqlite/job_table.hpp"

#include <SQLiteCpp/Transaction.h>

#include <limits>

namespace bank::storage {

using lifeline::job_query;
using lifeline::job_record;

namespace {

constexpr const char* columns =
    "SELECT id, kind, owner, state, progress, failure, attempts, limit_ms, created_at, started_at,"
    " ended_at";
constexpr const char* texts =
    ", coalesce(i.text, ''), coalesce(r.text, '') FROM jobs"
    " LEFT JOIN job_inputs i ON i.job = number LEFT JOIN job_results r ON r.job = number ";

}  // namespace

sqlite_job_table::sqlite_job_table(const std::filesystem::path& file)
    : connection_(file, sqlite_connection::small_cache),
      insert_(connection_.db(),
              "INSERT INTO jobs (id, kind, owner, state, progress, failure, attempts, limit_ms,"
              " created_at, started_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
              " ON CONFLICT DO NOTHING"),
      insert_input_(connection_.db(), "INSERT INTO job_inputs VALUES (?, ?)"),
      insert_link_(connection_.db(), "INSERT INTO job_links VALUES (?, ?) ON CONFLICT DO NOTHING"),
      number_(connection_.db(), "SELECT number FROM jobs WHERE id = ?"),
      linked_(connection_.db(), "SELECT job FROM job_links WHERE id = ?"),
      update_(connection_.db(),
              "UPDATE jobs SET state = ?, progress = ?, failure = ?, attempts = ?, limit_ms = ?,"
              " started_at = ?, ended_at = ? WHERE number = ?"),
      keep_result_(connection_.db(),
                   "INSERT INTO job_results VALUES (?, ?)"
                   " ON CONFLICT DO UPDATE SET text = excluded.text WHERE text <> excluded.text"),
      find_(connection_.db(), columns + std::string(texts) + "WHERE number = ?"),
      list_(connection_.db(), columns + std::string(" FROM jobs WHERE number < ?1"
                                                    " AND (?2 IS NULL OR owner = ?2)"
                                                    " AND (?3 IS NULL OR kind = ?3)"
                                                    " ORDER BY number DESC LIMIT ?4")),
      unfinished_(connection_.db(), columns + std::string(texts) +
                                        "WHERE state IN ('queued', 'running') ORDER BY number"),
      old_(connection_.db(), "SELECT number FROM jobs WHERE ended_at < ? LIMIT ?"),
      drop_input_(connection_.db(), "DELETE FROM job_inputs WHERE job = ?"),
      drop_result_(connection_.db(), "DELETE FROM job_results WHERE job = ?"),
      drop_links_(connection_.db(), "DELETE FROM job_links WHERE job = ?"),
      drop_(connection_.db(), "DELETE FROM jobs WHERE number = ?") {}

bool sqlite_job_table::create(const job_record& j) {
  SQLite::Transaction whole(connection_.db(), SQLite::TransactionBehavior::IMMEDIATE);
  const int rows = insert_.run(j.id, j.kind, j.owner, std::string(to_string(j.state)), j.progress,
                               j.failure, std::int64_t{j.attempts}, std::int64_t{j.limit.count()},
                               j.created, j.started, j.ended);
  if (rows == 0) return false;
  const std::int64_t number = connection_.db().getLastInsertRowid();
  if (!j.input.empty()) insert_input_.run(number, j.input);
  keep_result(number, j.result);
  whole.commit();
  return true;
}

bool sqlite_job_table::update(const job_record& j) {
  SQLite::Transaction whole(connection_.db(), SQLite::TransactionBehavior::IMMEDIATE);
  const auto number = number_of(j.id);
  if (!number) return false;
  update_.run(std::string(to_string(j.state)), j.progress, j.failure, std::int64_t{j.attempts},
              std::int64_t{j.limit.count()}, j.started, j.ended, *number);
  keep_result(*number, j.result);
  whole.commit();
  return true;
}

std::optional<std::int64_t> sqlite_job_table::number_of(const std::string& id) {
  auto row = number_.query(id);
  return row.next() ? std::optional(row.integer(0)) : std::nullopt;
}

void sqlite_job_table::keep_result(std::int64_t number, const std::string& text) {
  if (!text.empty()) keep_result_.run(number, text);
}

std::optional<job_record> sqlite_job_table::find(const std::string& id) {
  auto number = number_of(id);
  if (!number) number = linked_by(id);
  if (!number) return std::nullopt;
  auto row = find_.query(*number);
  return row.next() ? std::optional(whole_job_in(row)) : std::nullopt;
}

std::optional<std::int64_t> sqlite_job_table::linked_by(const std::string& other) {
  auto row = linked_.query(other);
  return row.next() ? std::optional(row.integer(0)) : std::nullopt;
}

job_link sqlite_job_table::link(const std::string& other, const std::string& id) {
  SQLite::Transaction whole(connection_.db(), SQLite::TransactionBehavior::IMMEDIATE);
  const auto number = number_of(id);
  if (!number) return job_link::no_such_job;
  if (number_of(other)) return job_link::taken;
  insert_link_.run(other, *number);
  if (linked_by(other) != number) return job_link::taken;
  whole.commit();
  return job_link::done;
}

std::vector<job_record> sqlite_job_table::list(const job_query& q) {
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
  if (q.behind) before = number_of(*q.behind).value_or(0);
  std::vector<job_record> page;
  for (auto row = list_.query(before, q.owner, q.kind, static_cast<std::int64_t>(q.most));
       row.next();)
    page.push_back(job_in(row));
  return page;
}

std::vector<job_record> sqlite_job_table::unfinished() {
  std::vector<job_record> some;
  for (auto row = unfinished_.query(); row.next();) some.push_back(whole_job_in(row));
  return some;
}

std::size_t sqlite_job_table::forget(lifeline::wall_time before, std::size_t most) {
  SQLite::Transaction whole(connection_.db(), SQLite::TransactionBehavior::IMMEDIATE);
  std::vector<std::int64_t> numbers;
  for (auto row = old_.query(before, static_cast<std::int64_t>(most)); row.next();)
    numbers.push_back(row.integer(0));
  for (const auto number : numbers) {
    drop_input_.run(number);
    drop_result_.run(number);
    drop_links_.run(number);
    drop_.run(number);
  }
  whole.commit();
  return numbers.size();
}

}  // namespace bank::storage
