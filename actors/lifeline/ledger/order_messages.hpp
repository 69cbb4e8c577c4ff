#pragma once

#include "lifeline/ledger/messages.hpp"
#include "lifeline/ledger/standing_order.hpp"

// Requests about standing orders and about keys for objects in other stores, their answers, and the
// messages to the journal. Each request is sent as `(context, struct)`.

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

/// Open a standing order. Answer: `order_answer`. Both accounts must exist, be open and have the
/// currency. The first time may lie as far back as that of a scheduled transfer.
struct open_order {
  standing_order order;
  std::optional<idempotency_key> key;
  /// Only accounts of this owner may pay; none: any account.
  std::optional<std::string> debits_only;
};
template <class Inspector>
auto inspect(Inspector& f, open_order& x) {
  return fields(f, "open_order", x, x.order, x.key, x.debits_only);
}

/// Delete a standing order: no more occurrences are made; existing ones stay as they are. Answer:
/// `order_answer`, also if the order was over already.
struct end_order {
  standing_order_id order;
  std::optional<std::string> debits_only;  ///< only orders of this owner are visible; none: all
};
template <class Inspector>
auto inspect(Inspector& f, end_order& x) {
  return fields(f, "end_order", x, x.order, x.debits_only);
}

/// Make the due occurrences of an order, as listed by `ledger_reader::due_orders`, up to a fixed
/// number. Answer: `order_answer`, with the order as it is then; after a failure the rest is left
/// for the next round.
struct advance_order {
  standing_order order;  ///< as listed
};
template <class Inspector>
auto inspect(Inspector& f, advance_order& x) {
  return fields(f, "advance_order", x, x.order);
}

/// Use a caller's key for an object in another store. Answer: `claim_answer`. If nothing is
/// refused, the key is claimed, by this request or by an earlier one with the same content.
struct claim_key {
  idempotency_key key;
  uuid object;  ///< the job or token
};
template <class Inspector>
auto inspect(Inspector& f, claim_key& x) {
  return fields(f, "claim_key", x, x.key, x.object);
}

struct claim_answer {
  uuid object;  ///< the object of the key
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

/// Desk → journal: the next occurrence of an order, as it is when the entry is applied.
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
