#pragma once

#include <cstdint>
#include <span>

#include "bank/storage/sqlite_connection.hpp"

namespace bank::storage {

/// One step of a schema: SQL that leads from `number - 1` to `number`.
struct migration {
  int number;
  const char* sql;
};

/// Compiled in from the SQL files of `migrations/`.
std::span<const migration> sqlite_ledger_migrations();
std::span<const migration> sqlite_token_migrations();
std::span<const migration> sqlite_job_migrations();

/// Brings the file to the newest schema, each step in a transaction of its own. `mark` is written
/// into a new file (SQLite's application_id) and asked for in an old one. Throws startup_error if
/// the file is another program's, or newer than this one.
void migrate(sqlite_connection& connection, std::span<const migration> steps, std::int32_t mark);

}  // namespace bank::storage
