#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>

#include "lifeline/ledger/values/records.hpp"

namespace bank::storage {

/// The sequence of the first entry committed at or after `t`; last sequence + 1 if there is none.
/// Call it inside a transaction.
///
/// Bisects the batches, which are ordered by time (batches with earlier times from older versions
/// count with their epoch's time floor).
std::uint64_t first_sequence_since(SQLite::Database& db, lifeline::wall_time t);

}  // namespace bank::storage
