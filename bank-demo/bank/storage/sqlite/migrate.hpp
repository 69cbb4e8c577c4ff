#pragma once

#include <cstdint>
#include <span>

#include "bank/storage/migration.hpp"
#include "bank/storage/sqlite/connection.hpp"

namespace bank::storage {

/// Migrates the file to the newest schema, each step in a transaction of its own. `mark` (SQLite's
/// application_id) is written into a new file and checked in an existing one. Throws startup_error
/// if the file belongs to another program or a newer version.
void migrate(sqlite_connection& connection, std::span<const migration> steps, std::int32_t mark);

}  // namespace bank::storage
