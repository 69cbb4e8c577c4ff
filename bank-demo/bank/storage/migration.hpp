#pragma once

#include <span>

namespace bank::storage {

/// One migration: SQL that changes schema `number - 1` to `number`.
struct migration {
  int number;
  const char* sql;
};

/// Compiled in from the SQL files of each store's `migrations/`.
std::span<const migration> sqlite_ledger_migrations();
std::span<const migration> sqlite_token_migrations();
std::span<const migration> sqlite_job_migrations();
std::span<const migration> sqlite_request_migrations();
std::span<const migration> postgres_migrations();

}  // namespace bank::storage
