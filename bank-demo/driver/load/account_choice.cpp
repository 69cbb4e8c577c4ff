#include "driver/load/account_choice.hpp"

#include <algorithm>
#include <cmath>

namespace bank::driver {

namespace {

/// After this many draws the second account is drawn uniformly: if one account has nearly all the
/// weight, drawing another one could take long.
constexpr int most_attempts = 16;

}  // namespace

account_choice::account_choice(const choice_settings& s, std::size_t accounts)
    : accounts_(accounts), settings_(s) {
  if (s.zipf <= 0) return;
  up_to_.reserve(accounts);
  double sum = 0;
  for (std::size_t k = 1; k <= accounts; ++k)
    up_to_.push_back(sum += std::pow(static_cast<double>(k), -s.zipf));
  for (double& share : up_to_) share /= sum;
}

std::size_t account_choice::pick(draws& from) const {
  if (!up_to_.empty()) {
    const auto at = std::upper_bound(up_to_.begin(), up_to_.end(), from.unit());
    return std::min(static_cast<std::size_t>(at - up_to_.begin()), accounts_ - 1);
  }
  if (settings_.hot_accounts == 0 || settings_.hot_accounts >= accounts_)
    return from.below(accounts_);
  if (from.unit() < settings_.hot_share) return from.below(settings_.hot_accounts);
  return settings_.hot_accounts + from.below(accounts_ - settings_.hot_accounts);
}

std::size_t account_choice::pick_other(draws& from, std::size_t one) const {
  for (int attempt = 0; attempt < most_attempts; ++attempt)
    if (const std::size_t other = pick(from); other != one) return other;
  return (one + 1 + from.below(accounts_ - 1)) % accounts_;
}

}  // namespace bank::driver
