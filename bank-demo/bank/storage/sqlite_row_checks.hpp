#pragma once

#include <SQLiteCpp/Database.h>

#include "bank/storage/ledger_replay.hpp"

namespace bank::storage {

// What the books' rows must be among themselves, whatever the order of the entries. Each throws
// SQLite::Exception.

/// Identifiers, refs and keys are there once each, were there no index to enforce it.
finding check_identifiers(SQLite::Database& db);
/// Each entry of a transfer is of one that is open or has ended.
finding check_entries_of_transfers(SQLite::Database& db);
/// Openings are those of the entries; what is open will come due; a reversal takes back all of a
/// posted transfer, once.
finding check_transfer_rows(SQLite::Database& db);
/// A history can be entered at its account's postings only.
finding check_marks(SQLite::Database& db);
/// An idempotency key leads to an account, a transfer or a standing order.
finding check_keys(SQLite::Database& db);

}  // namespace bank::storage
