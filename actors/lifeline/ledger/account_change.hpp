#pragma once

#include <cstdint>
#include <optional>

#include "lifeline/ledger/error.hpp"
#include "lifeline/ledger/records.hpp"

namespace lifeline::ledger {

/// What an admin may change of an account. What is not given stays as it is.
struct account_change {
  std::optional<account_status> status;
  std::optional<std::int64_t> overdraft_limit;

  friend bool operator==(const account_change&, const account_change&) = default;
};

/// The account with the change made; its version grows by one.
account_record changed(account_record a, const account_change& c);

/// Is the account already as the change wants it? Then there is nothing to do.
bool is_as_wanted(const account_record& a, const account_change& c) noexcept;

/// What is not in the record: money set aside, or announced, for transfers on their way.
struct under_way {
  std::int64_t reserved = 0;
  bool any = false;
};

/// Why the change is refused, if it is: a world account and a closed one never change; an account
/// is closed only when it holds nothing and nothing is on its way; a limit is not lowered past what
/// the balance may come to, with all that is held from it and reserved.
std::optional<failure> refusal_of(const account_record& a, const account_change& c,
                                  const under_way& moves);

}  // namespace lifeline::ledger
