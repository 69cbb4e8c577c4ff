#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/wire.hpp"
#include "lifeline/ledger/batch.hpp"
#include "lifeline/ledger/error.hpp"
#include "lifeline/ledger/group_saga.hpp"
#include "lifeline/ledger/records.hpp"

// Requests to the ledger and their answers. Each request is sent as `(context, struct)`.

namespace lifeline::ledger {

// -- inspection of the values that messages carry -------------------------------------------------

template <class Inspector>
auto inspect(Inspector& f, uuid& x) {
  return fields(f, "uuid", x, x.bytes());
}
template <class Inspector, class Tag>
auto inspect(Inspector& f, strong_id<Tag>& x) {
  return fields(f, "id", x, x.bytes());
}
template <class Inspector>
auto inspect(Inspector& f, currency& x) {
  return fields(f, "currency", x, x.letters());
}
template <class Inspector>
auto inspect(Inspector& f, money& x) {
  return fields(f, "money", x, x.minor, x.unit);
}
template <class Inspector>
auto inspect(Inspector& f, failure& x) {
  return fields(f, "failure", x, x.code, x.known, x.detail);
}
template <class Inspector>
auto inspect(Inspector& f, idempotency_key& x) {
  return fields(f, "idempotency_key", x, x.caller, x.key, x.digest);
}
template <class Inspector>
auto inspect(Inspector& f, account_record& x) {
  return fields(f, "account_record", x, x.id, x.owner, x.type, x.unit, x.ref, x.status,
                x.overdraft_limit, x.posted, x.pending_in, x.pending_out, x.version, x.created_at);
}
template <class Inspector>
auto inspect(Inspector& f, account_change& x) {
  return fields(f, "account_change", x, x.status, x.overdraft_limit);
}
template <class Inspector>
auto inspect(Inspector& f, transfer_record& x) {
  return fields(f, "transfer_record", x, x.id, x.from, x.to, x.amount, x.kind, x.memo, x.metadata,
                x.two_phase, x.expires_in, x.execute_at, x.reverses, x.status, x.reason, x.held,
                x.expires_at, x.sequence, x.first_sequence, x.created_at, x.posted_at);
}
template <class Inspector>
auto inspect(Inspector& f, resolution& x) {
  return fields(f, "resolution", x, x.becomes, x.expects, x.minor, x.reason);
}
template <class Inspector>
auto inspect(Inspector& f, balance_change& x) {
  return fields(f, "balance_change", x, x.posted, x.pending_in, x.pending_out);
}

// -- what the outside asks ------------------------------------------------------------------------

/// To the account's directory shard: open an account. Answer: `account_answer`.
struct open_account {
  account_record account;
  std::optional<idempotency_key> key;
  bool client_chose_id = false;
};
template <class Inspector>
auto inspect(Inspector& f, open_account& x) {
  return fields(f, "open_account", x, x.account, x.key, x.client_chose_id);
}

/// To the account's directory shard: freeze, unfreeze or close an account, or set its overdraft
/// limit. Answer: `account_answer`, also if the account was so already.
struct change_account {
  account_id account;
  account_change change;
  /// Required version of the account; none: any.
  std::optional<std::uint64_t> version = {};
};
template <class Inspector>
auto inspect(Inspector& f, change_account& x) {
  return fields(f, "change_account", x, x.account, x.change, x.version);
}

/// `refused` is empty on success. `replayed`: an earlier request did it. `is_outdated`: the change
/// was refused because the account has another version.
struct account_answer {
  account_record account;
  bool replayed = false;
  std::optional<failure> refused;
  bool is_outdated = false;
};
template <class Inspector>
auto inspect(Inspector& f, account_answer& x) {
  return fields(f, "account_answer", x, x.account, x.replayed, x.refused, x.is_outdated);
}

/// To the transaction processor of the transfer's id: move money now (`posted`), as a hold
/// (`two_phase`), or at a time (`execute_at`). Answer: `transfer_answer`.
struct submit_transfer {
  transfer_record transfer;
  std::optional<idempotency_key> key;
  /// Only accounts of this owner may be debited; none: any account.
  std::optional<std::string> debits_only;
  /// The client chose the id, or the key it was derived from: the request may be a repetition.
  bool may_be_repeated = false;
};
template <class Inspector>
auto inspect(Inspector& f, submit_transfer& x) {
  return fields(f, "submit_transfer", x, x.transfer, x.key, x.debits_only, x.may_be_repeated);
}

/// To the transaction processor of the transfer's id: post a hold or a part of it. Answer:
/// `transfer_answer`.
struct post_transfer {
  transfer_id transfer;
  std::optional<std::int64_t> minor;  ///< none: the whole hold
  std::optional<idempotency_key> key;
  std::optional<std::string> debits_only;  ///< as above
};
template <class Inspector>
auto inspect(Inspector& f, post_transfer& x) {
  return fields(f, "post_transfer", x, x.transfer, x.minor, x.key, x.debits_only);
}

/// To the transaction processor of the transfer's id: void a hold or a scheduled transfer. Answer:
/// `transfer_answer`.
struct void_transfer {
  transfer_id transfer;
  std::optional<idempotency_key> key;
  std::optional<std::string> debits_only;  ///< as above
};
template <class Inspector>
auto inspect(Inspector& f, void_transfer& x) {
  return fields(f, "void_transfer", x, x.transfer, x.key, x.debits_only);
}

/// To the transaction processor of the transfer's id: it is due, as listed by `ledger_reader::due`.
/// A scheduled transfer is executed, or rejected with its reason; a hold expires. Answer:
/// `transfer_answer`; a failure leaves the transfer unchanged, for the next round.
struct execute_due {
  transfer_record transfer;  ///< as listed
};
template <class Inspector>
auto inspect(Inspector& f, execute_due& x) {
  return fields(f, "execute_due", x, x.transfer);
}

struct transfer_answer {
  transfer_record transfer;
  bool replayed = false;
  std::optional<failure> refused;
};
template <class Inspector>
auto inspect(Inspector& f, transfer_answer& x) {
  return fields(f, "transfer_answer", x, x.transfer, x.replayed, x.refused);
}

// -- groups of transfers --------------------------------------------------------------------------

template <class Inspector>
auto inspect(Inspector& f, group_item& x) {
  return fields(f, "group_item", x, x.transfer, x.may_be_repeated, x.replayed, x.refused);
}
template <class Inspector>
auto inspect(Inspector& f, group_leg& x) {
  return fields(f, "group_leg", x, x.item, x.transfer, x.debit, x.amount, x.becomes);
}
template <class Inspector>
auto inspect(Inspector& f, group_refusal& x) {
  return fields(f, "group_refusal", x, x.item, x.why);
}

/// To the group processor of the group's id: many transfers at once, separate or, if `atomic`, all
/// or none; no id twice. Answer: `group_answer`.
struct submit_group {
  uuid id;
  std::vector<group_item> items;
  bool atomic = false;
  std::optional<idempotency_key> key;
  std::optional<std::string> debits_only;  ///< as above
  /// Ids that versions without a secret derived from the key: the group's, followed by one for each
  /// item. A key that belongs to that group belongs to those transfers. Empty: none.
  std::vector<uuid> ids_without_secret = {};
};
template <class Inspector>
auto inspect(Inspector& f, submit_group& x) {
  return fields(f, "submit_group", x, x.id, x.items, x.atomic, x.key, x.debits_only,
                x.ids_without_secret);
}

/// The result of each transfer, in order; or, `refused`, why there are none.
struct group_answer {
  std::vector<group_item> items;
  bool replayed = false;
  std::optional<failure> refused;
};
template <class Inspector>
auto inspect(Inspector& f, group_answer& x) {
  return fields(f, "group_answer", x, x.items, x.replayed, x.refused);
}

}  // namespace lifeline::ledger
