#include "bank/storage/rules/batch_outcomes.hpp"

#include <algorithm>

namespace bank::storage {

using namespace lifeline::ledger;

std::vector<entry_result> results_of(std::uint64_t first, std::uint64_t last,
                                     const std::optional<std::string>& outcomes) {
  const std::string all = outcomes ? *outcomes : std::string(last + 1 - first, '\0');
  std::vector<entry_result> results;
  for (const char byte : all) {
    const auto outcome = static_cast<entry_outcome>(byte);
    results.push_back({outcome, outcome == entry_outcome::committed ? first++ : 0});
  }
  return results;
}

std::optional<std::string> outcomes_of(const std::vector<entry_result>& results) {
  const auto committed = [](const entry_result& r) {
    return r.outcome == entry_outcome::committed;
  };
  if (std::ranges::all_of(results, committed)) return std::nullopt;
  std::string bytes;
  for (const entry_result& r : results) bytes += static_cast<char>(r.outcome);
  return bytes;
}

}  // namespace bank::storage
