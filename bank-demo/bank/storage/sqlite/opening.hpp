#pragma once

#include <span>

#include "bank/storage/sqlite/connection.hpp"
#include "bank/storage/sqlite/migrate.hpp"

namespace bank::storage {

/// What identifies a SQLite file of the bank: its schema and the mark in its header.
struct sqlite_schema {
  std::span<const migration> steps;
  std::int32_t mark;
};

/// Opens or creates the file and migrates it to the newest schema. Throws startup_error.
std::unique_ptr<sqlite_connection> open_at_start(const std::filesystem::path& file,
                                                 const sqlite_schema& schema);

/// Advice for an error of SQLite at the start.
[[noreturn]] void explain(const std::filesystem::path& file, const SQLite::Exception& e);

}  // namespace bank::storage
