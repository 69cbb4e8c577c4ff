#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lifeline/context/error.hpp"
#include "lifeline/ledger/commit_batch.hpp"
#include "lifeline/ledger/error.hpp"
#include "lifeline/ledger/transfer_orders.hpp"
#include "lifeline/ledger/transfer_steps.hpp"

namespace lifeline::ledger {

/// The pure core of resolving an open transfer: look it up, prepare both accounts, commit point,
/// journal, answer. A hold is posted, voided or expires; a scheduled transfer can be voided. An
/// event goes in, the next actions come out; no actor, no clock, no store.
///
/// Post, void and expiry of one transfer race in the store, and one wins. A loser looks the
/// transfer up: if the winner did the same, its answer is returned again, else `invalid_state`.
class resolution_saga {
 public:
  using orders = transfer_orders;

  /// `minor`: amount to post; none: the whole hold.
  static resolution_saga post(transfer_id id, std::optional<std::int64_t> minor,
                              std::optional<std::string> key_digest);
  static resolution_saga make_void(transfer_id id, std::optional<std::string> key_digest);
  /// Expiry of a hold that the store listed as due.
  static resolution_saga expiry(transfer_record listed);

  /// Saves the first look-up: the last committed record, if known. If it has changed since, the
  /// store will report it.
  void known(transfer_record t) { transfer_ = std::move(t); }
  /// `now` decides whether a hold has expired.
  orders start(wall_time now);
  /// Empty: the store could not be read.
  orders looked_up(const std::optional<earlier_request>& found, wall_time now);
  /// The answer of one account. `ended`: the state of the request's context, checked for the last
  /// time with the second answer.
  orders prepared(const account_id& account, std::optional<failure> refused, lifeline::errc ended);
  orders context_ended(lifeline::errc e);
  orders journaled(const entry_verdict& v, wall_time at);

  /// As looked up, and after the end as resolved; before, only its id is set.
  const transfer_record& transfer() const noexcept { return transfer_; }
  const resolution& ending() const noexcept { return ending_; }
  /// Whether the end uses up the request's key. An expiry in its place does not.
  bool keeps_key() const noexcept { return !lapsed_; }
  transfer_changes changes() const noexcept { return changes_of(ending_, transfer_.amount.minor); }
  const std::optional<failure>& refused() const noexcept { return refused_; }
  bool replayed() const noexcept { return replayed_; }

 private:
  enum class step : std::uint8_t {
    created,
    looking_up,
    preparing,
    committing,
    keeping_key,
    looking_again,
    answered
  };
  enum class word : std::uint8_t { awaited, ready, refused };

  resolution_saga(transfer_id id, transfer_status becomes, std::optional<std::int64_t> minor,
                  std::optional<std::string> key_digest);

  orders judge(wall_time now);
  orders judge_hold(wall_time now);
  orders expire();
  orders done_before();
  orders refuse(failure f, orders also);
  orders refuse_state(const std::string& why);
  orders answer(orders also);
  orders releases() const noexcept;

  transfer_record transfer_;
  resolution ending_;
  std::optional<std::int64_t> asked_minor_;
  std::optional<std::string> key_digest_;
  step step_ = step::created;
  word from_ = word::awaited;
  word to_ = word::awaited;
  bool lapsed_ = false;  // the request was to post it, but it has expired
  bool key_offered_ = false;
  std::optional<failure> refused_;
  bool replayed_ = false;
};

}  // namespace lifeline::ledger
