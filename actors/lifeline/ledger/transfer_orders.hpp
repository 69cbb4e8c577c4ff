#pragma once

#include <optional>
#include <string>

#include "lifeline/ledger/records.hpp"

namespace lifeline::ledger {

/// What a saga wants done now. More than one can be set; `answer` ends the saga.
struct transfer_orders {
  bool reserve = false;  ///< set the amount aside at the payer's account
  bool accept = false;   ///< count it as incoming at the payee's
  bool prepare = false;  ///< tell both accounts that the hold is about to end
  bool append = false;   ///< give the transfer to the journal
  bool resolve = false;  ///< give the transfer's end to the journal
  bool release_from = false;
  bool release_to = false;
  bool look_up = false;
  bool answer = false;

  friend bool operator==(const transfer_orders&, const transfer_orders&) = default;
};

/// What is known of earlier requests under a transfer's id or idempotency key.
struct earlier_request {
  std::optional<transfer_record> by_id;
  std::optional<std::string> key_digest;  ///< of the request that used the key
  std::optional<transfer_record> by_key;
};

}  // namespace lifeline::ledger
