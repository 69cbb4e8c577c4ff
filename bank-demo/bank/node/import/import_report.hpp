#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bank/node/import/import_run.hpp"

namespace bank::node {

/// An account that does not hold what the books close with.
struct other_balance {
  std::string account;  ///< its reference
  std::int64_t holds_minor = 0;
  std::int64_t closes_minor = 0;
};

struct closing_comparison {
  std::size_t compared = 0;
  std::size_t differ = 0;
  std::vector<other_balance> first;  ///< of these, some
};

/// Compares what the accounts hold now with what their books close with. An account that is not
/// there holds nothing.
lifeline::ledger::result<closing_comparison> compare_closing(const lifeline::context& ctx,
                                                             lifeline::ledger::ledger_store& store,
                                                             const import_plan& plan);

/// What came of an import, as the JSON object that its job gives. Without a comparison, `closing`
/// is null.
std::string report_of(const import_plan& plan, const import_run& run,
                      const std::optional<closing_comparison>& closing);

/// "transactions.csv:17: insufficient_funds: …"
std::string describe(const import_plan& plan, const refused_row& row);

}  // namespace bank::node
