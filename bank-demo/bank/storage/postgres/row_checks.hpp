#pragma once

#include "bank/storage/postgres/session.hpp"
#include "bank/storage/rules/replay.hpp"

// Checks of the ledger in PostgreSQL that need no replay. They throw postgres_error.
namespace bank::storage {

/// Checks due times of open transfers, and that reversals match the reversed transfers.
finding check_transfer_rows(postgres_session& s);
/// Checks that standing orders made each occurrence of their schedule once.
finding check_orders(postgres_session& s);
/// Checks that each idempotency key refers to an existing object.
finding check_keys(postgres_session& s);

}  // namespace bank::storage
