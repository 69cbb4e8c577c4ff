#pragma once

#include "lifeline/ledger/messages/requests.hpp"
#include "lifeline/ledger/values/standing_order.hpp"

// Requests about standing orders and about keys for objects in other stores, and their answers.
// Each request is sent as `(context, struct)`.

namespace lifeline::ledger {

LIFELINE_MESSAGE(standing_schedule);
LIFELINE_MESSAGE(standing_order);

/// Open a standing order. Answer: `order_answer`. Both accounts must exist, be open and have the
/// currency. The first time may lie as far back as that of a scheduled transfer.
struct open_order {
  standing_order order;
  std::optional<idempotency_key> key;
  /// Only accounts of this owner may pay; none: any account.
  std::optional<std::string> debits_only;
};
LIFELINE_MESSAGE(open_order);

/// Delete a standing order: no more occurrences are made; existing ones stay as they are. Answer:
/// `order_answer`, also if the order was over already.
struct end_order {
  standing_order_id order;
  std::optional<std::string> debits_only;  ///< only orders of this owner are visible; none: all
};
LIFELINE_MESSAGE(end_order);

/// Make the due occurrences of an order, as listed by `ledger_reader::due_orders`, up to a fixed
/// number. Answer: `order_answer`, with the order as it is then; after a failure the rest is left
/// for the next round.
struct advance_order {
  standing_order order;  ///< as listed
};
LIFELINE_MESSAGE(advance_order);

/// Use a caller's key for an object in another store. Answer: `claim_answer`. If nothing is
/// refused, the key is claimed, by this request or by an earlier one with the same content.
struct claim_key {
  idempotency_key key;
  uuid object;  ///< the job or token
};
LIFELINE_MESSAGE(claim_key);

struct claim_answer {
  uuid object;  ///< the object of the key
  std::optional<failure> refused;
};
LIFELINE_MESSAGE(claim_answer);

struct order_answer {
  standing_order order;
  bool replayed = false;
  std::optional<failure> refused;
};
LIFELINE_MESSAGE(order_answer);

}  // namespace lifeline::ledger
