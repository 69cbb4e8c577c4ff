#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/ledger/ledger_store.hpp"

namespace bank::node {

/// One thing in the books that does not agree with another.
struct disagreement {
  std::string what;   ///< "balance", "held out", "held in" or "sum"
  std::string where;  ///< the account's id, or the currency
  std::int64_t stands = 0;
  std::int64_t follows = 0;  ///< from what it is made of
};

struct reconciled {
  std::uint64_t accounts = 0;
  std::uint64_t moving = 0;  ///< changed again and again while they were looked at: not judged
  std::vector<lifeline::ledger::currency_total> currencies;
  std::uint64_t disagreements = 0;
  std::vector<disagreement> first;  ///< of them, some
};

/// Compares what stands in the books with what it follows from, through the store's own reads,
/// beside a bank that works: each currency's sum with zero, each account's balance with the newest
/// line of its history, what is held from and for it with its pending transfers. An account counts
/// only as it was between two looks at one version of it. `progress` hears 0 to 1.
lifeline::ledger::result<reconciled> reconcile(const lifeline::context& ctx,
                                               lifeline::ledger::ledger_store& books,
                                               const std::function<void(double)>& progress);

}  // namespace bank::node
