#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/ledger/batch.hpp"

/// How every database stores the outcomes of a batch's entries.
namespace bank::storage {

/// A batch's results from its first and last sequence and a byte per entry (null: all committed).
std::vector<lifeline::ledger::entry_result> results_of(std::uint64_t first, std::uint64_t last,
                                                       const std::optional<std::string>& outcomes);
/// The byte per entry, or empty if all were committed.
std::optional<std::string> outcomes_of(const std::vector<lifeline::ledger::entry_result>& results);

}  // namespace bank::storage
