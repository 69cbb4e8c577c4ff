#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/ledger/commit_batch.hpp"
#include "lifeline/ledger/messages.hpp"
#include "lifeline/ledger/transfer_saga.hpp"

// Messages between the ledger's own actors; messages of an actor to itself stand in its source. A
// transfer's steps are messages keyed by its id and its attempt, a number given by its processor:
// an id may be retried while answers to an earlier attempt are in flight. An answer that does not
// match the receiver's current work is dropped and counted.

namespace lifeline::ledger {

template <class Inspector>
auto inspect(Inspector& f, entry_verdict& x) {
  return fields(f, "entry_verdict", x, x.what, x.sequence);
}
template <class Inspector>
auto inspect(Inspector& f, batch_id& x) {
  return fields(f, "batch_id", x, x.epoch, x.number);
}

}  // namespace lifeline::ledger

namespace lifeline::ledger::detail {

/// Processor → shard → account. Answer: `funds_reserved`.
struct reserve_funds {
  account_id account;
  transfer_id transfer;
  std::uint64_t attempt = 0;
  money amount;
  transfer_status becomes = transfer_status::posted;
  std::optional<std::string> debits_only;
};
template <class Inspector>
auto inspect(Inspector& f, reserve_funds& x) {
  return fields(f, "reserve_funds", x, x.account, x.transfer, x.attempt, x.amount, x.becomes,
                x.debits_only);
}

struct funds_reserved {
  transfer_id transfer;
  std::uint64_t attempt = 0;
  std::optional<failure> refused;
};
template <class Inspector>
auto inspect(Inspector& f, funds_reserved& x) {
  return fields(f, "funds_reserved", x, x.transfer, x.attempt, x.refused);
}

/// Processor → shard → account. Answer: `funds_accepted`.
struct accept_funds {
  account_id account;
  transfer_id transfer;
  std::uint64_t attempt = 0;
  money amount;
  transfer_status becomes = transfer_status::posted;
};
template <class Inspector>
auto inspect(Inspector& f, accept_funds& x) {
  return fields(f, "accept_funds", x, x.account, x.transfer, x.attempt, x.amount, x.becomes);
}

struct funds_accepted {
  transfer_id transfer;
  std::uint64_t attempt = 0;
  std::optional<failure> refused;
};
template <class Inspector>
auto inspect(Inspector& f, funds_accepted& x) {
  return fields(f, "funds_accepted", x, x.transfer, x.attempt, x.refused);
}

/// Processor → shard → account: a hold is about to end and will change the account. Answer:
/// `resolution_prepared`.
struct prepare_resolution {
  account_id account;
  transfer_id transfer;
  std::uint64_t attempt = 0;
  balance_change change;
  std::optional<std::string> debits_only;
};
template <class Inspector>
auto inspect(Inspector& f, prepare_resolution& x) {
  return fields(f, "prepare_resolution", x, x.account, x.transfer, x.attempt, x.change,
                x.debits_only);
}

struct resolution_prepared {
  account_id account;
  transfer_id transfer;
  std::uint64_t attempt = 0;
  std::optional<failure> refused;
};
template <class Inspector>
auto inspect(Inspector& f, resolution_prepared& x) {
  return fields(f, "resolution_prepared", x, x.account, x.transfer, x.attempt, x.refused);
}

/// Processor → shard → account, on the path of the message it reverts, so that it can't overtake
/// that one.
struct release_funds {
  account_id account;
  transfer_id transfer;
  std::uint64_t attempt = 0;
};
template <class Inspector>
auto inspect(Inspector& f, release_funds& x) {
  return fields(f, "release_funds", x, x.account, x.transfer, x.attempt);
}

/// Journal → account: a transfer's step ended. `durable`: apply it to the balance.
struct settle_funds {
  transfer_id transfer;
  std::uint64_t attempt = 0;
  bool durable = false;
};
template <class Inspector>
auto inspect(Inspector& f, settle_funds& x) {
  return fields(f, "settle_funds", x, x.transfer, x.attempt, x.durable);
}

/// Processor → journal, after the commit point. The accounts are those that answered.
struct append_transfer {
  transfer_record transfer;
  std::optional<idempotency_key> key;
  std::optional<transfer_status> expects;
  std::uint64_t attempt = 0;
  caf::strong_actor_ptr from;
  caf::strong_actor_ptr to;
  std::optional<trace_state> place{};
};
template <class Inspector>
auto inspect(Inspector& f, append_transfer& x) {
  return fields(f, "append_transfer", x, x.transfer, x.key, x.expects, x.attempt, x.from, x.to);
}

/// Group processor → shard → account: all that a group moves here. Answer: `group_reserved`.
struct reserve_group {
  account_id account;
  uuid group;
  std::uint64_t attempt = 0;
  std::vector<group_leg> legs;
  std::optional<std::string> debits_only;
};
template <class Inspector>
auto inspect(Inspector& f, reserve_group& x) {
  return fields(f, "reserve_group", x, x.account, x.group, x.attempt, x.legs, x.debits_only);
}

struct group_reserved {
  account_id account;
  uuid group;
  std::uint64_t attempt = 0;
  std::vector<group_refusal> refused;
};
template <class Inspector>
auto inspect(Inspector& f, group_reserved& x) {
  return fields(f, "group_reserved", x, x.account, x.group, x.attempt, x.refused);
}

/// Group processor → shard → account, as `release_funds`.
struct release_group {
  account_id account;
  std::uint64_t attempt = 0;
  std::vector<transfer_id> transfers;
};
template <class Inspector>
auto inspect(Inspector& f, release_group& x) {
  return fields(f, "release_group", x, x.account, x.attempt, x.transfers);
}

/// Journal → account, like `settle_funds`: one message for a whole group.
struct settle_group {
  std::vector<settle_funds> ends;
};
template <class Inspector>
auto inspect(Inspector& f, settle_group& x) {
  return fields(f, "settle_group", x, x.ends);
}

/// An account, with the places of the group's transfers to settle there.
struct group_account {
  caf::strong_actor_ptr account;
  std::vector<std::uint32_t> transfers;
};
template <class Inspector>
auto inspect(Inspector& f, group_account& x) {
  return fields(f, "group_account", x, x.account, x.transfers);
}

/// Group processor → journal. Answer: `group_ended`.
struct append_group {
  uuid group;
  std::uint64_t attempt = 0;
  bool atomic = false;
  std::optional<idempotency_key> key;
  std::string answer;
  std::vector<transfer_record> transfers;
  std::vector<group_account> accounts;
  std::optional<trace_state> place{};
};
template <class Inspector>
auto inspect(Inspector& f, append_group& x) {
  return fields(f, "append_group", x, x.group, x.attempt, x.atomic, x.key, x.answer, x.transfers,
                x.accounts);
}

/// Journal → group processor: the group's own verdict, and those of its transfers.
struct group_ended {
  uuid group;
  std::uint64_t attempt = 0;
  wall_time at{};
  std::vector<entry_verdict> verdicts;
};
template <class Inspector>
auto inspect(Inspector& f, group_ended& x) {
  return fields(f, "group_ended", x, x.group, x.attempt, x.at, x.verdicts);
}

/// Processor → journal: the resolution of an open transfer, with its present record.
struct append_resolution {
  transfer_record transfer;
  resolution what;
  std::optional<idempotency_key> key;
  std::uint64_t attempt = 0;
  caf::strong_actor_ptr from;
  caf::strong_actor_ptr to;
  std::optional<trace_state> place{};
};
template <class Inspector>
auto inspect(Inspector& f, append_resolution& x) {
  return fields(f, "append_resolution", x, x.transfer, x.what, x.key, x.attempt, x.from, x.to);
}

/// Account → journal. `attempt`: the account's own number of this opening; its changes are numbered
/// in the same sequence.
struct append_account {
  account_record account;
  std::optional<idempotency_key> key;
  std::uint64_t attempt = 0;
  std::optional<trace_state> place{};
};
template <class Inspector>
auto inspect(Inspector& f, append_account& x) {
  return fields(f, "append_account", x, x.account, x.key, x.attempt);
}

/// Account → journal.
struct append_change {
  account_id account;
  std::uint64_t attempt = 0;
  account_status expected_status = account_status::open;
  std::int64_t expected_limit = 0;
  account_change change;
  std::optional<trace_state> place{};
};
template <class Inspector>
auto inspect(Inspector& f, append_change& x) {
  return fields(f, "append_change", x, x.account, x.attempt, x.expected_status, x.expected_limit,
                x.change);
}

/// The journal's verdict on one appended entry.
struct entry_ended {
  uuid id;
  std::uint64_t attempt = 0;
  verdict what = verdict::unavailable;
  std::uint64_t sequence = 0;
};
template <class Inspector>
auto inspect(Inspector& f, entry_ended& x) {
  return fields(f, "entry_ended", x, x.id, x.attempt, x.what, x.sequence);
}

/// Journal → sender: the verdicts on its entries of one batch.
struct entries_ended {
  wall_time at{};
  std::vector<entry_ended> entries;
};
template <class Inspector>
auto inspect(Inspector& f, entries_ended& x) {
  return fields(f, "entries_ended", x, x.at, x.entries);
}

/// Shard → account: end if nothing is in progress. Answer: the account's end, or `awake`.
struct rest {};
template <class Inspector>
auto inspect(Inspector& f, rest& x) {
  return fields(f, "rest", x);
}
/// Account → shard: forward held messages. Sent after loading, and when `rest` was refused.
struct awake {
  account_id account;
};
template <class Inspector>
auto inspect(Inspector& f, awake& x) {
  return fields(f, "awake", x, x.account);
}
/// Account → shard: it can be put to rest (no such account, or it can't be loaded).
struct wants_rest {
  account_id account;
};
template <class Inspector>
auto inspect(Inspector& f, wants_rest& x) {
  return fields(f, "wants_rest", x, x.account);
}
/// The account's actor has ended.
struct account_down {
  account_id account;
};
template <class Inspector>
auto inspect(Inspector& f, account_down& x) {
  return fields(f, "account_down", x, x.account);
}

/// To the journal, `(context, barrier)`: answered by `barrier_passed` once all entries appended
/// before have ended.
struct barrier {};
template <class Inspector>
auto inspect(Inspector& f, barrier& x) {
  return fields(f, "barrier", x);
}
struct barrier_passed {};
template <class Inspector>
auto inspect(Inspector& f, barrier_passed& x) {
  return fields(f, "barrier_passed", x);
}

/// From outside: refuse new requests.
struct stop_accepting {};
template <class Inspector>
auto inspect(Inspector& f, stop_accepting& x) {
  return fields(f, "stop_accepting", x);
}

}  // namespace lifeline::ledger::detail
