#pragma once

#include "bank/storage/batch_draft.hpp"
#include "bank/storage/postgres_session.hpp"

namespace bank::storage {

/// Writes down what a draft came to, over the books that it was held against: a statement per
/// table. Inside a transaction of the caller's. Throws postgres_error.
void write_draft(postgres_session& s, const books_view& before, const batch_draft& d);

}  // namespace bank::storage
