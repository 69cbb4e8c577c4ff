#pragma once

#include "lifeline/ledger/messages.hpp"
#include "lifeline/ledger/standing_order.hpp"

// What the desk of standing orders, and of keys for what other stores keep, is asked and answers,
// and what it says to the journal. Each
// request travels as `(context, struct)`.

namespace lifeline::ledger {

template <class Inspector>
auto inspect(Inspector& f, standing_schedule& x) {
  return fields(f, "standing_schedule", x, x.every, x.first_at, x.last_at);
}
template <class Inspector>
auto inspect(Inspector& f, standing_order& x) {
  return fields(f, "standing_order", x, x.id, x.seed, x.from, x.to, x.amount, x.memo, x.schedule,
                x.made, x.next_at, x.deleted_at, x.number, x.created_at);
}

/// Begin a standing order. Answer: `order_answer`. Both accounts must be there, open and of the
/// currency; the first time may lie as far back as that of a scheduled transfer.
struct open_order {
  standing_order order;
  std::optional<idempotency_key> key;
  /// Whose accounts may pay; none: anybody's.
  std::optional<std::string> debits_only;
};
template <class Inspector>
auto inspect(Inspector& f, open_order& x) {
  return fields(f, "open_order", x, x.order, x.key, x.debits_only);
}

/// Delete a standing order: no occurrence is made any more; those that were made stay as they are.
/// Answer: `order_answer`, also where the order was over already.
struct end_order {
  standing_order_id order;
  std::optional<std::string> debits_only;  ///< whose orders are there at all; none: all
};
template <class Inspector>
auto inspect(Inspector& f, end_order& x) {
  return fields(f, "end_order", x, x.order, x.debits_only);
}

/// Make the occurrences that are due of an order, as `ledger_store::due_orders` says; a number of
/// them at most. Answer: `order_answer`, with the order as it is then; a failure leaves what was
/// not made for the next round.
struct advance_order {
  standing_order order;  ///< as it was listed
};
template <class Inspector>
auto inspect(Inspector& f, advance_order& x) {
  return fields(f, "advance_order", x, x.order);
}

/// Use a caller's key for something that another store keeps. Answer: `claim_answer`; the key is
/// claimed if nothing is refused, by this request or by an earlier one of the same content.
struct claim_key {
  idempotency_key key;
  uuid object;  ///< the job or token
};
template <class Inspector>
auto inspect(Inspector& f, claim_key& x) {
  return fields(f, "claim_key", x, x.key, x.object);
}

struct claim_answer {
  uuid object;  ///< what the key is claimed for
  std::optional<failure> refused;
};
template <class Inspector>
auto inspect(Inspector& f, claim_answer& x) {
  return fields(f, "claim_answer", x, x.object, x.refused);
}

struct order_answer {
  standing_order order;
  bool replayed = false;
  std::optional<failure> refused;
};
template <class Inspector>
auto inspect(Inspector& f, order_answer& x) {
  return fields(f, "order_answer", x, x.order, x.replayed, x.refused);
}

namespace detail {

/// Desk → journal.
struct append_order {
  standing_order order;
  std::optional<idempotency_key> key;
  std::uint64_t attempt = 0;
  std::optional<trace_state> place{};
};
template <class Inspector>
auto inspect(Inspector& f, append_order& x) {
  return fields(f, "append_order", x, x.order, x.key, x.attempt);
}

/// Desk → journal.
struct append_order_end {
  standing_order_id order;
  std::uint64_t attempt = 0;
  std::optional<trace_state> place{};
};
template <class Inspector>
auto inspect(Inspector& f, append_order_end& x) {
  return fields(f, "append_order_end", x, x.order, x.attempt);
}

/// Desk → journal.
struct append_claim {
  idempotency_key key;
  uuid object;
  std::uint64_t attempt = 0;
  std::optional<trace_state> place{};
};
template <class Inspector>
auto inspect(Inspector& f, append_claim& x) {
  return fields(f, "append_claim", x, x.key, x.object, x.attempt);
}

/// Desk → journal: the next occurrence of an order as it is then.
struct append_occurrence {
  standing_order order;
  std::uint64_t attempt = 0;
  std::optional<trace_state> place{};
};
template <class Inspector>
auto inspect(Inspector& f, append_occurrence& x) {
  return fields(f, "append_occurrence", x, x.order, x.attempt);
}

}  // namespace detail

}  // namespace lifeline::ledger
