#pragma once

#include <cstdint>
#include <functional>

#include "bank/storage/rules/replay.hpp"
#include "bank/storage/rules/verify.hpp"

namespace SQLite {  // NOLINT(readability-identifier-naming): SQLiteCpp's own
class Database;
}

namespace bank::storage {

/// Recomputes the hash of each batch from the stored rows and compares it. `covered` becomes the
/// part found whole; `tell` is called after each batch. Call it inside a transaction.
finding check_chain(SQLite::Database& db, chain_cover& covered,
                    const std::function<void(std::uint64_t done)>& tell);

}  // namespace bank::storage
