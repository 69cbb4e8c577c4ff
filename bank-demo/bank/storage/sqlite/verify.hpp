#pragma once

#include <filesystem>

#include "bank/storage/rules/verify.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/ledger/error.hpp"

namespace bank::storage {

/// Verifies the ledger in `file` in one snapshot, also while a node runs. It checks:
///
/// - the file and its references; sums of zero; entries without gaps;
/// - that every balance, limit, state and held amount follows from the entries before it;
/// - that holds end once and not above the held amount, and reversals are made once;
/// - that histories and batches are linked completely;
/// - that standing orders made each occurrence once;
/// - that identifiers and keys are unique and refer to existing objects;
/// - that each batch still has the hash it was committed with.
///
/// Fails with the context's error if that ends. Throws startup_error if there is no ledger with
/// this version's schema.
lifeline::ledger::result<verification> verify_sqlite_ledger(const lifeline::context& ctx,
                                                            const std::filesystem::path& file,
                                                            const on_verify_progress& progress);

}  // namespace bank::storage
