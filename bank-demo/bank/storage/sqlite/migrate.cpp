#include "bank/storage/sqlite/migrate.hpp"

#include <SQLiteCpp/Transaction.h>

#include <string>

#include "bank/storage/startup_error.hpp"

namespace bank::storage {

namespace {

std::int64_t number_of(SQLite::Database& db, const char* query) {
  return db.execAndGet(query).getInt64();
}

void refuse_strangers(sqlite_connection& connection, std::int32_t mark) {
  const auto found = number_of(connection.db(), "PRAGMA application_id");
  const bool empty = number_of(connection.db(), "SELECT count(*) FROM sqlite_schema") == 0;
  if (found == mark || (empty && found == 0)) return;
  throw startup_error(connection.file().string() +
                      " is a database of another kind: use another --data-dir");
}

void refuse_newer(sqlite_connection& connection, std::int64_t found, int known) {
  if (found <= known) return;
  throw startup_error(connection.file().string() + " was written by a newer bank-node (schema " +
                      std::to_string(found) + ", this program supports up to " +
                      std::to_string(known) + "): run that version, or use another --data-dir");
}

void apply(SQLite::Database& db, const migration& step, std::int32_t mark) {
  SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
  if (number_of(db, "PRAGMA user_version") >= step.number) return;
  db.exec(step.sql);
  db.exec("PRAGMA application_id = " + std::to_string(mark));
  db.exec("PRAGMA user_version = " + std::to_string(step.number));
  transaction.commit();
}

}  // namespace

void migrate(sqlite_connection& connection, std::span<const migration> steps, std::int32_t mark) {
  refuse_strangers(connection, mark);
  const auto found = number_of(connection.db(), "PRAGMA user_version");
  refuse_newer(connection, found, steps.empty() ? 0 : steps.back().number);
  for (const migration& step : steps)
    if (step.number > found) apply(connection.db(), step, mark);
}

}  // namespace bank::storage
