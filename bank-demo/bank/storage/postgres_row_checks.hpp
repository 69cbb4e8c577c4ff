#pragma once

#include "bank/storage/ledger_replay.hpp"
#include "bank/storage/postgres_session.hpp"

// Checks of the books in PostgreSQL that need no replay. They throw postgres_error.
namespace bank::storage {

/// Transfers come due when they should, and reversals take back what they reverse.
finding check_transfer_rows(postgres_session& s);
/// Standing orders made each occurrence once, as its schedule says.
finding check_orders(postgres_session& s);
/// Each idempotency key leads somewhere.
finding check_keys(postgres_session& s);

}  // namespace bank::storage
