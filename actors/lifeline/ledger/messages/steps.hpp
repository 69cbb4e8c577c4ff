#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lifeline/ledger/core/commit_batch.hpp"
#include "lifeline/ledger/core/legs.hpp"
#include "lifeline/ledger/messages/requests.hpp"

// Messages between the ledger's own actors; messages of an actor to itself stand in its source.
// What is sent to one actor at a time travels in one message: items of different requests beside
// each other, each with its own context and name. A name is the sender's number of the request
// (`attempt`), which it never uses again, with the place of an item in it. An answer that does not
// match the receiver's current work is dropped and counted.

namespace lifeline::ledger {

LIFELINE_MESSAGE(balance_change);
LIFELINE_MESSAGE(leg);
LIFELINE_MESSAGE(leg_refusal);
LIFELINE_MESSAGE(entry_verdict);
LIFELINE_MESSAGE(batch_id);

}  // namespace lifeline::ledger

namespace lifeline::ledger::detail {

/// One item's step at one account. `ctx` is the request's: done, the leg is not taken.
struct leg_request {
  context ctx;
  std::uint64_t attempt = 0;
  std::uint32_t item = 0;
  leg what;
  std::optional<std::string> debits_only;
};
LIFELINE_MESSAGE(leg_request);
/// Processor → shard → account, in the requests' order. Answer: `legs_answered`.
struct take_legs {
  std::vector<leg_request> legs;
};
LIFELINE_MESSAGE(take_legs);

struct leg_answer {
  std::uint64_t attempt = 0;
  std::uint32_t item = 0;
  std::optional<leg_refusal> refused;
};
LIFELINE_MESSAGE(leg_answer);
/// Account → processor.
struct legs_answered {
  account_id account;
  std::vector<leg_answer> answers;
};
LIFELINE_MESSAGE(legs_answered);

/// `durable`: apply the transfer's step to the balance; else it had no effect.
struct leg_end {
  account_id account;
  transfer_id transfer;
  std::uint64_t attempt = 0;
  bool durable = false;
};
LIFELINE_MESSAGE(leg_end);
/// Processor → shard → account: take legs back, on the path of `take_legs`, so that it can't
/// overtake that.
struct release_legs {
  std::vector<leg_end> legs;
};
LIFELINE_MESSAGE(release_legs);
/// Journal → shard → account: transfers' steps ended. The shard keeps them for an account that it
/// has nothing else to say to.
struct settle_legs {
  std::vector<leg_end> legs;
};
LIFELINE_MESSAGE(settle_legs);

/// Entries that are committed together: one, or a batch of transfers.
struct unit {
  std::uint64_t attempt = 0;
  local<std::vector<entry>> entries;
  bool holds_legs = false;  ///< both accounts of each transfer have taken its legs
  local<std::optional<trace_state>> place = {};
};
LIFELINE_MESSAGE(unit);
/// To the journal, after the commit point. Answer: `units_ended`.
struct append {
  std::vector<unit> units;
};
LIFELINE_MESSAGE(append);

struct unit_ended {
  std::uint64_t attempt = 0;
  std::vector<entry_verdict> verdicts;  ///< one per entry
};
LIFELINE_MESSAGE(unit_ended);
/// Journal → sender: the verdicts on its units of one commit. After `unknown`, the final verdict
/// follows.
struct units_ended {
  wall_time at{};
  std::vector<unit_ended> units;
};
LIFELINE_MESSAGE(units_ended);

/// Journal → shard → account, behind what it has not heard: the verdict on its own entry.
struct account_entry_ended {
  account_id account;
  caf::strong_actor_ptr actor;  ///< that appended it: attempts are its own
  units_ended what;
};
LIFELINE_MESSAGE(account_entry_ended);

/// To the journal, `(context, struct)`: answered by `commit_passed` once the entries appended
/// before have ended.
struct await_commit {};
LIFELINE_MESSAGE(await_commit);
struct commit_passed {};
LIFELINE_MESSAGE(commit_passed);
/// To the journal, `(context, struct)`: answered once the events of all entries whose end it has
/// told are published.
struct await_events {};
LIFELINE_MESSAGE(await_events);
struct events_published {};
LIFELINE_MESSAGE(events_published);

/// Shard → account: end if nothing is in progress. Answer: the account's end, or `awake`.
struct rest {};
LIFELINE_MESSAGE(rest);
/// Account → shard: forward held messages. Sent after loading, and when `rest` was refused.
struct awake {
  account_id account;
};
LIFELINE_MESSAGE(awake);
/// Account → shard: it can be put to rest (no such account, or it can't be loaded).
struct wants_rest {
  account_id account;
};
LIFELINE_MESSAGE(wants_rest);
/// The account's actor has ended.
struct account_down {
  account_id account;
};
LIFELINE_MESSAGE(account_down);

/// From outside: refuse new requests.
struct stop_accepting {};
LIFELINE_MESSAGE(stop_accepting);

}  // namespace lifeline::ledger::detail
