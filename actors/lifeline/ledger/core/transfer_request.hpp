#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lifeline/context/error.hpp"
#include "lifeline/ledger/core/commit_batch.hpp"
#include "lifeline/ledger/core/legs.hpp"
#include "lifeline/ledger/values/error.hpp"

namespace lifeline::ledger {

/// The request's next actions. More than one can be set; `answer` ends the request.
struct request_actions {
  bool ask_from = false;  ///< send the leg to its account
  bool ask_to = false;
  bool release_from = false;  ///< take a leg back
  bool release_to = false;
  bool await_commit = false;  ///< call `commit_ended` when the commit in progress has ended
  bool append = false;        ///< append `to_append` to the journal
  bool look_up = false;       ///< look up earlier requests with this id or key
  bool answer = false;

  friend bool operator==(const request_actions&, const request_actions&) = default;
};

/// What the store knows of earlier requests with a transfer's id or key.
struct earlier_request {
  std::optional<transfer_record> by_id;
  std::optional<std::string> key_digest;  ///< of the request that used the key
  std::optional<transfer_record> by_key;
};

/// The pure core of one request for one transfer. An event goes in, the next actions come out; no
/// actor, no clock, no store.
///
///     create, execute:                     asking --> committing --> answered
///     post, void, expire:  looking up -->  asking --> committing --> answered
///
/// Both accounts are asked at once, but for large amounts (`most_asked_at_once`). A refusal that
/// the commit in progress may lift is tried again when that commit has ended (`most_tries`);
/// nothing stays reserved meanwhile. Before a refusal, it is looked up whether an earlier request
/// with this id or key did it. Two requests for one transfer race in the store, and one wins; the
/// other looks the transfer up again.
///
/// Guarantee: once the accounts were asked, every end before the journal, except an account's own
/// refusal, releases their legs. After `append` the journal settles or releases them.
class transfer_request {
 public:
  using actions = request_actions;

  /// Makes a transfer: posted, a hold, or only scheduled. `may_be_repeated`: the client chose the
  /// id, or the key that it was derived from.
  static transfer_request create(transfer_record t, std::optional<idempotency_key> key,
                                 bool may_be_repeated);
  /// Executes a scheduled transfer that is due, or rejects it if an account refuses it.
  static transfer_request execute(transfer_record listed);
  /// Posts a hold; `minor`: how much of it, none: all.
  static transfer_request post(transfer_id id, std::optional<std::int64_t> minor,
                               std::optional<idempotency_key> key);
  /// Voids a hold or a scheduled transfer.
  static transfer_request make_void(transfer_id id, std::optional<idempotency_key> key);
  /// Ends a hold that the store listed as due.
  static transfer_request expire(transfer_record listed);

  /// Saves the first look-up of a post or void: the last committed record, if known. If it has
  /// changed since, the store will report it.
  void known(transfer_record t) { transfer_ = std::move(t); }

  /// `now` is the creation time of a new transfer, and decides whether a hold has expired.
  actions start(wall_time now);
  /// One account's answer. `ended`: the state of the request's context, checked for the last time
  /// with the second answer.
  actions answered(const account_id& by, std::optional<leg_refusal> refused, lifeline::errc ended);
  actions commit_ended();
  /// Empty: the store could not be read.
  actions looked_up(const std::optional<earlier_request>& found, wall_time now);
  actions context_ended(lifeline::errc e);
  actions journaled(const entry_verdict& v);

  transfer_legs legs() const;
  entry to_append() const;
  /// Whether the accounts hold both legs.
  bool holds_legs() const noexcept { return is_held(from_.state) && is_held(to_.state); }

  /// As wanted or looked up; after the end as committed.
  const transfer_record& transfer() const noexcept { return transfer_; }
  const std::optional<idempotency_key>& key() const noexcept { return key_; }
  bool creates() const noexcept { return kind_ == kind::create; }
  const std::optional<failure>& refused() const noexcept { return refused_; }
  bool replayed() const noexcept { return replayed_; }

 private:
  enum class kind : std::uint8_t { create, execute, end };
  enum class step : std::uint8_t {
    created,
    looking_up,
    asking,
    awaiting_commit,
    committing,
    rejecting,
    keeping_key,
    looking_again,
    answered
  };
  struct side {
    leg_state state = leg_state::untouched;
    std::optional<leg_refusal> refusal = {};
  };

  transfer_request(kind k, transfer_record t, std::optional<idempotency_key> key)
      : kind_(k), transfer_(std::move(t)), key_(std::move(key)) {}
  static transfer_request ending(transfer_record t, transfer_status becomes,
                                 std::optional<idempotency_key> key);

  actions ask();
  bool asks_in_turn() const noexcept;
  actions release();
  actions commit(actions also);
  actions try_later();
  actions refuse(failure f, actions also);
  actions refuse_state(const std::string& why);
  actions reject(actions also);
  actions answer(actions also);
  actions replay(transfer_record first);
  actions keep_key();
  actions judge_creation(const earlier_request& found);
  actions judge_end(wall_time now);
  actions judge_hold(wall_time now);
  actions expire_first();
  actions lost_race(verdict v);
  bool key_is_new() const noexcept { return key_ && !key_offered_; }

  kind kind_;
  transfer_record transfer_;
  std::optional<idempotency_key> key_;
  std::optional<std::int64_t> asked_minor_ = {};  // by a post
  bool may_be_repeated_ = false;
  resolution ending_ = {};
  step step_ = step::created;
  side from_ = {};
  side to_ = {};
  std::size_t tries_ = 0;  // after commits
  bool lapsed_ = false;    // to be posted, but it has expired
  bool key_offered_ = false;
  std::optional<failure> refused_ = {};
  bool replayed_ = false;
};

/// How far in the past `execute_at` may be: clocks differ, and requests take time.
inline constexpr std::chrono::seconds latest_execute_at{60};

/// Sets its creation time and what it becomes: posted, a hold, or only scheduled.
void begin_transfer(transfer_record& t, wall_time at);
/// Why it can't be made, regardless of its accounts.
std::optional<failure> unfit(const transfer_record& t);

}  // namespace lifeline::ledger
