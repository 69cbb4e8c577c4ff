#pragma once

#include "bank/storage/batch_draft.hpp"
#include "bank/storage/postgres_session.hpp"

namespace bank::storage {

/// What is noted of a batch as a whole: `outcomes` only if not all of its entries were committed.
struct batch_seal {
  lifeline::ledger::batch_span span;
  std::optional<std::string> outcomes;
  lifeline::ledger::chain_hash head;
};

/// Writes down what a draft came to, over the books that it was held against. Most batches are
/// nothing but direct transfers, which one statement writes with their accounts and the seal; each
/// table beyond that takes one more. Inside a transaction of the caller's. Throws postgres_error.
void write_draft(postgres_session& s, const books_view& before, const batch_draft& d,
                 const batch_seal& seal);

}  // namespace bank::storage
