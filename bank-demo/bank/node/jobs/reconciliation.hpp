#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/ledger/ledger_reader.hpp"

namespace bank::node {

/// A stored figure that differs from the one computed from its parts.
struct disagreement {
  std::string what;          ///< "balance", "held out", "held in" or "sum"
  std::string where;         ///< the account's id, or the currency
  std::int64_t stands = 0;   ///< stored
  std::int64_t follows = 0;  ///< computed
};

struct reconciled {
  std::uint64_t accounts = 0;
  std::uint64_t moving = 0;  ///< accounts that kept changing: not checked
  std::vector<lifeline::ledger::currency_total> currencies;
  std::uint64_t disagreements = 0;
  std::vector<disagreement> first;  ///< the first of them
};

/// Compares stored figures with computed ones through the store's own reads, while the bank works:
/// each currency's sum with zero, each account's balance with the newest line of its history, its
/// held amounts with its pending transfers. An account is checked only if two reads show the same
/// version of it. `progress` gets 0 to 1.
lifeline::ledger::result<reconciled> reconcile(const lifeline::context& ctx,
                                               lifeline::ledger::ledger_reader& books,
                                               const std::function<void(double)>& progress);

}  // namespace bank::node
