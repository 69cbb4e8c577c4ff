#include "lifeline/ledger/values/error.hpp"

#include <stdexcept>

namespace lifeline::ledger {

std::string_view to_string(errc e) noexcept {
  switch (e) {
    case errc::not_found: return "not_found";
    case errc::forbidden: return "forbidden";
    case errc::already_exists: return "already_exists";
    case errc::in_progress: return "in_progress";
    case errc::invalid_state: return "invalid_state";
    case errc::insufficient_funds: return "insufficient_funds";
    case errc::currency_mismatch: return "currency_mismatch";
    case errc::account_frozen: return "account_frozen";
    case errc::account_closed: return "account_closed";
    case errc::same_account: return "same_account";
    case errc::balance_limit: return "balance_limit";
    case errc::amount_above_hold: return "amount_above_hold";
    case errc::invalid_field: return "invalid_field";
    case errc::idempotency_mismatch: return "idempotency_mismatch";
    case errc::store_unavailable: return "store_unavailable";
    case errc::overloaded: return "overloaded";
    case errc::shutting_down: return "shutting_down";
    case errc::canceled: return "canceled";
    case errc::deadline_exceeded: return "deadline_exceeded";
    case errc::internal: return "internal";
  }
  return "internal";
}

void throw_exception_from_error(const failure& f, const boost::source_location&) {
  throw std::logic_error(std::string(to_string(f.code)) + ": " + f.detail);
}

}  // namespace lifeline::ledger
