#pragma once

#include <functional>

#include "bank/storage/rules/replay.hpp"
#include "bank/storage/rules/verify_source.hpp"

// `verify`: one walk over the rows of a ledger, whichever store keeps them. It checks:
//
// - entries without gaps; sums of zero;
// - that every balance, limit, state and held amount follows from the entries before it;
// - that holds end once and not above the held amount, and reversals are made once;
// - that histories and batches are linked completely;
// - that standing orders made each occurrence once;
// - that identifiers and keys are unique and refer to existing objects;
// - that each batch still has the hash it was committed with.
namespace bank::storage {

/// The progress of a verification; `total` is 0 if a step does not know it.
struct verify_progress {
  std::string_view step;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};
using on_verify_progress = std::function<void(const verify_progress&)>;

/// The sequences covered by the hash chain; `last` below `first`: none yet.
struct chain_cover {
  std::uint64_t first = 1;
  std::uint64_t last = 0;
  lifeline::ledger::chain_hash head{};
};

/// The result of a verification.
struct verification {
  std::uint64_t accounts = 0;
  std::uint64_t transfers = 0;
  std::uint64_t sequence = 0;  ///< the ledger's last entry
  finding broken{};            ///< the first violation and its place; empty: whole
  chain_cover chain{};         ///< the part of the hash chain that was found whole
};

/// Verifies a ledger. Throws the store's exceptions.
verification verify_ledger(const verify_source& source, const on_verify_progress& progress);

/// Only the hash chain: recomputes the hash of each batch from the stored rows and compares it.
/// `covered` becomes the part found whole; `tell` is called after each batch.
finding check_chain(const verify_source& source, chain_cover& covered,
                    const std::function<void(std::uint64_t done)>& tell);

}  // namespace bank::storage
