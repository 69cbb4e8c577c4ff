#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bank/storage/sqlite_chain_check.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/ledger/error.hpp"

namespace bank::storage {

/// The progress of a verification; `total` is 0 if a step does not know it.
struct verify_progress {
  std::string_view step;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};
using on_verify_progress = std::function<void(const verify_progress&)>;

/// The result of a verification.
struct verification {
  std::uint64_t accounts = 0;
  std::uint64_t transfers = 0;
  std::uint64_t sequence = 0;           ///< the ledger's last entry
  std::optional<std::string> broken{};  ///< the first violation and its place; empty: whole
  chain_cover chain{};                  ///< the part of the hash chain that was found whole
};

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
