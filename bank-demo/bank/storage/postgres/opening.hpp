#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bank/storage/migration.hpp"
#include "bank/storage/postgres/database.hpp"

namespace bank::storage {

/// The schema before and after a migration.
struct migrated {
  int from = 0;
  int to = 0;
};

/// Migrates the database to the newest schema (the last of `steps`), each step in a transaction of
/// its own under a lock, so that two nodes may start at once. Throws startup_error if the server
/// can't be reached, or the database belongs to another program or a newer version.
migrated migrate_postgres(const std::string& url,
                          std::span<const migration> steps = postgres_migrations());

/// The number of the database's schema; 0 if none. Throws startup_error.
int schema_of_postgres(const std::string& url);

/// Opens the database and migrates it to the newest schema. Throws startup_error.
std::shared_ptr<postgres_database> open_postgres(const postgres_options& options);

/// Advice for an error of PostgreSQL at the start.
[[noreturn]] void explain(const postgres_error& e);

}  // namespace bank::storage
