#pragma once

#include "bank/storage/rules/verify_source.hpp"

namespace SQLite {  // NOLINT(readability-identifier-naming): SQLiteCpp's own
class Database;
}

namespace bank::storage {

/// The ledger in `db`, which outlives it. For use inside one transaction.
verify_source sqlite_verify_source(SQLite::Database& db);

}  // namespace bank::storage
