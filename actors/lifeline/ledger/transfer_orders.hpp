#pragma once

#include <optional>
#include <string>

#include "lifeline/ledger/records.hpp"

namespace lifeline::ledger {

/// The saga's next actions. More than one can be set; `answer` ends the saga.
struct transfer_orders {
  bool reserve = false;  ///< reserve the amount at the payer's account
  bool accept = false;   ///< count it as incoming at the payee's
  bool prepare = false;  ///< tell both accounts that the hold is about to end
  bool append = false;   ///< append the transfer to the journal
  bool resolve = false;  ///< append the transfer's resolution to the journal
  bool release_from = false;
  bool release_to = false;
  bool look_up = false;
  bool answer = false;

  friend bool operator==(const transfer_orders&, const transfer_orders&) = default;
};

/// Data about earlier requests with a transfer's id or idempotency key.
struct earlier_request {
  std::optional<transfer_record> by_id;
  std::optional<std::string> key_digest;  ///< of the request that used the key
  std::optional<transfer_record> by_key;
};

}  // namespace lifeline::ledger
