#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bank/node/import/import_run.hpp"

namespace bank::node {

/// An account whose balance differs from its recorded closing balance.
struct other_balance {
  std::string account;  ///< its reference
  std::int64_t holds_minor = 0;
  std::int64_t closes_minor = 0;
};

struct closing_comparison {
  std::size_t compared = 0;
  std::size_t differ = 0;
  std::vector<other_balance> first;  ///< the first of them
};

/// Compares the accounts' balances with the recorded closing balances. A missing account has the
/// balance 0.
lifeline::ledger::result<closing_comparison> compare_closing(const lifeline::context& ctx,
                                                             lifeline::ledger::ledger_reader& store,
                                                             const import_plan& plan);

/// An import's report, the JSON result of its job. `closing` is null without a comparison.
std::string report_of(const import_plan& plan, const import_run& run,
                      const std::optional<closing_comparison>& closing);

/// "transactions.csv:17: insufficient_funds: …"
std::string describe(const import_plan& plan, const books::refused_row& row);

}  // namespace bank::node
