#pragma once

#include <cstdint>
#include <functional>

#include "bank/storage/ledger_replay.hpp"

namespace SQLite {  // NOLINT(readability-identifier-naming): SQLiteCpp's own
class Database;
}

namespace bank::storage {

/// The sequences covered by the hash chain; `last` below `first`: none yet.
struct chain_cover {
  std::uint64_t first = 1;
  std::uint64_t last = 0;
  lifeline::ledger::chain_hash head{};
};

/// Recomputes the hash of each batch from the stored rows and compares it. `covered` becomes the
/// part found whole; `tell` is called after each batch. Call it inside a transaction.
finding check_chain(SQLite::Database& db, chain_cover& covered,
                    const std::function<void(std::uint64_t done)>& tell);

}  // namespace bank::storage
