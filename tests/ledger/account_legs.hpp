#pragma once

#include <optional>
#include <string>

#include "ledger/builders.hpp"
#include "lifeline/ledger/core/account_state.hpp"

// Legs of transfers at one account.

namespace lifeline::ledger::testing {

/// The payer's leg of a transfer that becomes posted, pending or scheduled.
inline std::optional<leg_refusal> reserve(account_state& a, transfer_id id, const money& amount,
                                          const std::optional<std::string>& debits_only = {},
                                          transfer_status becomes = transfer_status::posted,
                                          std::uint64_t attempt = 0) {
  const balance_change change = changes_of_opening(becomes, amount.minor).from;
  return a.take({a.record().id, id, leg_kind::debit, amount.unit, change}, debits_only, attempt);
}
/// The payee's.
inline std::optional<leg_refusal> accept(account_state& a, transfer_id id, const money& amount,
                                         transfer_status becomes = transfer_status::posted) {
  const balance_change change = changes_of_opening(becomes, amount.minor).to;
  return a.take({a.record().id, id, leg_kind::credit, amount.unit, change});
}
/// Of the end of a hold, on either side.
inline std::optional<leg_refusal> prepare(account_state& a, transfer_id id,
                                          const balance_change& change,
                                          const std::optional<std::string>& debits_only = {}) {
  return a.take({a.record().id, id, leg_kind::end, usd, change}, debits_only);
}

inline std::optional<errc> code(const std::optional<failure>& f) {
  return f ? std::optional(f->code) : std::nullopt;
}
inline std::optional<errc> code(const std::optional<leg_refusal>& r) {
  return r ? std::optional(r->why.code) : std::nullopt;
}

}  // namespace lifeline::ledger::testing
