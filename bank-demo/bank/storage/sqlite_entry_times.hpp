#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>

#include "lifeline/ledger/records.hpp"

namespace bank::storage {

/// The first sequence of an entry that was committed at or after `t`; one past the ledger's last if
/// there is none. Call it inside a transaction.
///
/// Found by bisection over the batches, which stand in the order of their times (what older
/// programs dated back counts as of its epoch's floor).
std::uint64_t first_sequence_since(SQLite::Database& db, lifeline::wall_time t);

}  // namespace bank::storage
