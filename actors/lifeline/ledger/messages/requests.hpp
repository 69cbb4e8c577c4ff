#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/message.hpp"
#include "lifeline/actor/wire.hpp"
#include "lifeline/ledger/batch.hpp"
#include "lifeline/ledger/core/transfer_batch.hpp"
#include "lifeline/ledger/values/error.hpp"
#include "lifeline/ledger/values/records.hpp"

// Requests to the ledger and their answers. Each request is sent as `(context, struct)`.

namespace lifeline::ledger {

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

LIFELINE_MESSAGE(money);
LIFELINE_MESSAGE(failure);
LIFELINE_MESSAGE(idempotency_key);
LIFELINE_MESSAGE(account_record);
LIFELINE_MESSAGE(account_change);
LIFELINE_MESSAGE(transfer_record);
LIFELINE_MESSAGE(batch_item);

// -- what the outside asks ------------------------------------------------------------------------

/// To the account's directory shard: open an account. Answer: `account_answer`.
struct open_account {
  account_record account;
  std::optional<idempotency_key> key;
  bool client_chose_id = false;
};
LIFELINE_MESSAGE(open_account);

/// To the account's directory shard: freeze, unfreeze or close an account, or set its overdraft
/// limit. Answer: `account_answer`, also if the account was so already.
struct change_account {
  account_id account;
  account_change change;
  /// Required version of the account; none: any.
  std::optional<std::uint64_t> version = {};
};
LIFELINE_MESSAGE(change_account);

/// `refused` is empty on success. `replayed`: an earlier request did it. `is_outdated`: the change
/// was refused because the account has another version.
struct account_answer {
  account_record account;
  bool replayed = false;
  std::optional<failure> refused;
  bool is_outdated = false;
};
LIFELINE_MESSAGE(account_answer);

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
LIFELINE_MESSAGE(submit_transfer);

/// To the transaction processor of the transfer's id: post a hold or a part of it. Answer:
/// `transfer_answer`.
struct post_transfer {
  transfer_id transfer;
  std::optional<std::int64_t> minor;  ///< none: the whole hold
  std::optional<idempotency_key> key;
  std::optional<std::string> debits_only;  ///< as above
};
LIFELINE_MESSAGE(post_transfer);

/// To the transaction processor of the transfer's id: void a hold or a scheduled transfer. Answer:
/// `transfer_answer`.
struct void_transfer {
  transfer_id transfer;
  std::optional<idempotency_key> key;
  std::optional<std::string> debits_only;  ///< as above
};
LIFELINE_MESSAGE(void_transfer);

/// To the transaction processor of the transfer's id: it is due, as listed by `ledger_reader::due`.
/// A scheduled transfer is executed, or rejected with its reason; a hold expires. Answer:
/// `transfer_answer`; a failure leaves the transfer unchanged, for the next round.
struct execute_due {
  transfer_record transfer;  ///< as listed
};
LIFELINE_MESSAGE(execute_due);

struct transfer_answer {
  transfer_record transfer;
  bool replayed = false;
  std::optional<failure> refused;
};
LIFELINE_MESSAGE(transfer_answer);

// -- batches of transfers -------------------------------------------------------------------------

/// To the transaction processor of the batch's id: many transfers at once, separate or, if
/// `atomic`, all or none; no id twice. Answer: `batch_answer`.
struct submit_batch {
  uuid id;
  std::vector<batch_item> items;
  bool atomic = false;
  std::optional<idempotency_key> key;
  std::optional<std::string> debits_only;  ///< as above
  /// Ids that versions without a secret derived from the key: the batch's, followed by one for each
  /// item. A key that belongs to that batch belongs to those transfers. Empty: none.
  std::vector<uuid> ids_without_secret = {};
};
LIFELINE_MESSAGE(submit_batch);

/// The result of each transfer, in order; or, `refused`, why there are none.
struct batch_answer {
  std::vector<batch_item> items;
  bool replayed = false;
  std::optional<failure> refused;
};
LIFELINE_MESSAGE(batch_answer);

}  // namespace lifeline::ledger
