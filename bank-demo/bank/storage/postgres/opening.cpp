#include "bank/storage/postgres/opening.hpp"

#include "bank/storage/startup_error.hpp"

namespace bank::storage {

namespace {

/// Any number will do, if all nodes use the same.
constexpr const char* begin_alone = "BEGIN; SELECT pg_advisory_xact_lock(5577006791947779410)";

int schema_of(postgres_session& s) {
  auto there =
      s.run("SELECT to_regclass('bank_schema') IS NOT NULL, to_regclass('ledger') IS NULL");
  there.next();
  if (there.text(0) == "t") {
    auto row = s.run("SELECT coalesce(max(number), 0) FROM bank_schema");
    row.next();
    return static_cast<int>(row.integer(0));
  }
  if (there.text(1) == "t") return 0;
  throw startup_error(
      "the PostgreSQL database has a table ledger of another kind: create an empty database, and "
      "use it with --postgres-url");
}

void refuse_newer(int found, int newest) {
  if (found <= newest) return;
  throw startup_error("the PostgreSQL database was written by a newer bank-node (schema " +
                      std::to_string(found) + ", this program supports up to " +
                      std::to_string(newest) +
                      "): run that version, or use another database with --postgres-url");
}

/// False if no migration is left.
bool apply_next(postgres_session& s, std::span<const migration> steps) {
  s.run(begin_alone);
  s.run(
      "CREATE TABLE IF NOT EXISTS bank_schema"
      " (number integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())");
  const int found = schema_of(s);
  refuse_newer(found, steps.back().number);
  for (const migration& step : steps) {
    if (step.number <= found) continue;
    s.run(step.sql);
    s.query("INSERT INTO bank_schema (number) VALUES ($1::int)", std::int64_t{step.number});
    s.run("COMMIT");
    return true;
  }
  s.run("COMMIT");
  return false;
}

std::string advice(const postgres_error& e) {
  if (e.state() == "42501") return "give its user the right to create tables there";
  if (e.state() == "53100") return "free space on its disk";
  if (e.broken()) return "start the server, or use another one with --postgres-url";
  return "check the server, or use another one with --postgres-url";
}

}  // namespace

void explain(const postgres_error& e) {
  throw startup_error(std::string("the PostgreSQL database can't be opened (") + e.what() +
                      "): " + advice(e));
}

migrated migrate_postgres(const std::string& url, std::span<const migration> steps) {
  try {
    postgres_session s(url);
    migrated done;
    done.from = done.to = schema_of(s);
    refuse_newer(done.from, steps.back().number);
    if (done.from < steps.back().number)
      while (apply_next(s, steps)) {
      }
    done.to = schema_of(s);
    return done;
  } catch (const postgres_error& e) {
    explain(e);
  }
}

int schema_of_postgres(const std::string& url) {
  try {
    postgres_session s(url);
    return schema_of(s);
  } catch (const postgres_error& e) {
    explain(e);
  }
}

/// A ledger gets its secret when it is first opened.
static void provide_secret(const std::string& url) {
  try {
    postgres_session s(url);
    s.query("UPDATE ledger SET secret = decode($1, 'hex') WHERE secret IS NULL",
            lifeline::ledger::random_secret());
  } catch (const postgres_error& e) {
    explain(e);
  }
}

std::shared_ptr<postgres_database> open_postgres(const postgres_options& options) {
  migrate_postgres(options.url);
  provide_secret(options.url);
  return std::make_shared<postgres_database>(options);
}

}  // namespace bank::storage
