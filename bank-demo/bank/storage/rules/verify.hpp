#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lifeline/ledger/records.hpp"

/// What the verification of a ledger reports, whichever store keeps it.
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
  std::uint64_t sequence = 0;           ///< the ledger's last entry
  std::optional<std::string> broken{};  ///< the first violation and its place; empty: whole
  chain_cover chain{};                  ///< the part of the hash chain that was found whole
};

}  // namespace bank::storage
