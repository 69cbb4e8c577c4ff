#pragma once

#include "bank/storage/postgres/session.hpp"
#include "bank/storage/rules/batch_draft.hpp"

namespace bank::storage {

/// Writes a draft's result. Most batches contain direct transfers only: one statement writes them
/// with their accounts and the batch's row. Each further table takes one more statement. Call it
/// inside a transaction. Throws postgres_error.
void write_draft(postgres_session& s, books_view& view, const batch_draft& d,
                 const batch_seal& seal);

}  // namespace bank::storage
