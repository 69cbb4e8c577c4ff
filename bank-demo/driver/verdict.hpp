#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "driver/finding.hpp"
#include "driver/replay_plan.hpp"
#include "driver/run/asker.hpp"

namespace bank::driver {

/// The node's state after a replay.
struct evidence {
  struct account {
    std::string ref;
    std::string currency;
    std::int64_t posted_minor = 0;
  };
  using currency_sum = money_snapshot::currency_sum;
  std::vector<account> accounts;             ///< all accounts of the replay's owner
  std::vector<currency_sum> money;           ///< from one snapshot of the node
  std::vector<std::size_t> history_lengths;  ///< rows of each lane's account, in the plan's order
};

/// Compares the recorded books with the node's state. Pure.
///  conserved           the balances of every currency sum to zero
///  closing_balances    every account has exactly its recorded closing balance
///  books_sum           the accounts sum to the sum of the recorded closing balances
///  exactly_once        every account's history has one row per transaction
std::vector<finding> judge(const replay_plan& plan, const evidence& found);

}  // namespace bank::driver
