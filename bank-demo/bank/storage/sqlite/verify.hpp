#pragma once

#include <filesystem>

#include "bank/storage/rules/verify.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/ledger/values/error.hpp"

namespace bank::storage {

/// Verifies the ledger in `file` in one snapshot, also while a node runs; the file and the
/// references between its rows, too. Fails with the context's error if that ends. Throws
/// startup_error if there is no ledger with this version's schema.
lifeline::ledger::result<verification> verify_sqlite_ledger(const lifeline::context& ctx,
                                                            const std::filesystem::path& file,
                                                            const on_verify_progress& progress);

}  // namespace bank::storage
