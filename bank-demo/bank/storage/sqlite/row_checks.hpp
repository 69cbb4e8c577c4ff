#pragma once

#include <SQLiteCpp/Database.h>

#include "bank/storage/rules/replay.hpp"

namespace bank::storage {

// Checks between the ledger's rows, independent of the order of entries. They throw
// SQLite::Exception.

/// Checks that identifiers, refs and keys are unique, without using the indexes.
finding check_identifiers(SQLite::Database& db);
/// Checks that each entry of a transfer has an open or ended transfer.
finding check_entries_of_transfers(SQLite::Database& db);
/// Checks openings against entries, due times of open transfers, and that a reversal reverses a
/// whole posted transfer, once.
finding check_transfer_rows(SQLite::Database& db);
/// Checks that the marks of a history are postings of its account.
finding check_marks(SQLite::Database& db);
/// Checks that an idempotency key refers to an account, a transfer or a standing order.
finding check_keys(SQLite::Database& db);

}  // namespace bank::storage
