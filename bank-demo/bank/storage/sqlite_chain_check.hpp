#pragma once

#include <cstdint>
#include <functional>

#include "bank/storage/ledger_replay.hpp"

namespace SQLite {  // NOLINT(readability-identifier-naming): SQLiteCpp's own
class Database;
}

namespace bank::storage {

/// The part of a ledger that its chain of hashes covers; `last` below `first`: nothing yet.
struct chain_cover {
  std::uint64_t first = 1;
  std::uint64_t last = 0;
  lifeline::ledger::chain_hash head{};
};

/// Computes the hash of each batch anew from the stored rows and compares; `covered` is then what
/// was found whole, `tell` hears after each batch how far that is. Inside a transaction of its
/// caller.
finding check_chain(SQLite::Database& db, chain_cover& covered,
                    const std::function<void(std::uint64_t done)>& tell);

}  // namespace bank::storage
