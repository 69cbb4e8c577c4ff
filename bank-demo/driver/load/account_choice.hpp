#pragma once

#include <cstddef>
#include <vector>

#include "driver/load/draws.hpp"

namespace bank::driver {

/// Distribution of the accounts: uniform unless one of these is set.
struct choice_settings {
  double zipf = 0;               ///< above 0: the k-th account has a weight of k^-zipf
  std::size_t hot_accounts = 0;  ///< above 0: this many first accounts have …
  double hot_share = 0;          ///< … this share of all choices
};

/// Draws accounts, as indexes from 0.
class account_choice {
 public:
  account_choice(const choice_settings& s, std::size_t accounts);

  std::size_t pick(draws& from) const;
  /// An account other than `one`, by the same weights; there are at least two accounts.
  std::size_t pick_other(draws& from, std::size_t one) const;

 private:
  std::size_t accounts_;
  choice_settings settings_;
  std::vector<double> up_to_;  ///< for Zipf: cumulative share of the accounts
};

}  // namespace bank::driver
