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

/// How far a walk through the books has come; `total` is 0 where a step can't say.
struct verify_progress {
  std::string_view step;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};
using on_verify_progress = std::function<void(const verify_progress&)>;

/// What a walk through the books has found.
struct verification {
  std::uint64_t accounts = 0;
  std::uint64_t transfers = 0;
  std::uint64_t sequence = 0;           ///< the ledger's last entry
  std::optional<std::string> broken{};  ///< the first break: what, and where
  chain_cover chain{};                  ///< the batches whose hashes were found whole
};

/// Walks the books in `file` in one snapshot, also beside a node that runs, and checks what they
/// can show of the ledger's invariants: the file and its references, sums of zero, that every
/// balance, limit, state and held amount follows from the entries before it, holds that end once
/// and in no more than was held, entries without gaps, histories and batches without a broken link,
/// reversals that are made once, standing orders that made each occurrence once, identifiers and
/// keys that are unique and lead somewhere; at last that each batch still has the hash it was
/// committed with. Fails with the context's error if that ends. Throws startup_error if there are
/// no books of this version's schema.
lifeline::ledger::result<verification> verify_sqlite_ledger(const lifeline::context& ctx,
                                                            const std::filesystem::path& file,
                                                            const on_verify_progress& progress);

}  // namespace bank::storage
