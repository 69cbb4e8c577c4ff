#pragma once

#include <cstdint>
#include <optional>

#include "lifeline/ledger/values/error.hpp"
#include "lifeline/ledger/values/records.hpp"

namespace lifeline::ledger {

/// A change of an account by an admin. Absent members stay as they are.
struct account_change {
  std::optional<account_status> status;
  std::optional<std::int64_t> overdraft_limit;

  friend bool operator==(const account_change&, const account_change&) = default;
};

/// The account after the change; its version grows by one.
account_record changed(account_record a, const account_change& c);

/// True if the account already is as the change requests; then there is nothing to do.
bool is_as_wanted(const account_record& a, const account_change& c) noexcept;

/// Not in the record: money reserved, or announced, for transfers in progress.
struct under_way {
  std::int64_t reserved = 0;
  bool any = false;
};

/// Why the change is refused, if it is. World accounts and closed accounts never change. An account
/// is closed only when it holds nothing and nothing is in progress. A limit is not lowered below
/// the lowest balance possible with all holds and reservations.
std::optional<failure> refusal_of(const account_record& a, const account_change& c,
                                  const under_way& moves);

}  // namespace lifeline::ledger
