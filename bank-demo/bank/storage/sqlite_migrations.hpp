#pragma once

#include <cstdint>
#include <span>

#include "bank/storage/migration.hpp"
#include "bank/storage/sqlite_connection.hpp"

namespace bank::storage {

/// Brings the file to the newest schema, each step in a transaction of its own. `mark` is written
/// into a new file (SQLite's application_id) and asked for in an old one. Throws startup_error if
/// the file is another program's, or newer than this one.
void migrate(sqlite_connection& connection, std::span<const migration> steps, std::int32_t mark);

}  // namespace bank::storage
