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

/// The pure core of an open transfer's end: look it up, prepare both accounts, commit point,
/// journal, answer. A hold is posted, voided or expires; a scheduled transfer can be voided. An
/// event goes in, what to do next comes out; no actor, no clock, no store.
///
/// Post, void and expiry of one transfer race in the store, where one wins. Who lost looks the
/// transfer up: if the winner did the same, its answer is given again, else `invalid_state`.
class resolution_saga {
 public:
  using orders = transfer_orders;

  /// `minor`: how much to post; none: all that is held.
  static resolution_saga post(transfer_id id, std::optional<std::int64_t> minor,
                              std::optional<std::string> key_digest);
  static resolution_saga make_void(transfer_id id, std::optional<std::string> key_digest);
  /// Of a hold that the store listed as due.
  static resolution_saga expiry(transfer_record listed);

  /// Spares the first look-up: the transfer as it was last committed, if that is known. Should it
  /// have changed since, the store will say so.
  void known(transfer_record t) { transfer_ = std::move(t); }
  /// `now` decides whether a hold has expired.
  orders start(wall_time now);
  /// Nothing: the store could not be asked.
  orders looked_up(const std::optional<earlier_request>& found, wall_time now);
  /// The word of one of the accounts. `ended`: the state of the request's context, asked for the
  /// last time with the second word.
  orders prepared(const account_id& account, std::optional<failure> refused, lifeline::errc ended);
  orders context_ended(lifeline::errc e);
  orders journaled(const entry_verdict& v, wall_time at);

  /// As looked up, and after its end as that made it; before, only its id is known.
  const transfer_record& transfer() const noexcept { return transfer_; }
  const resolution& ending() const noexcept { return ending_; }
  /// Is a key that came with the request used up by that end? Not by an expiry in its place.
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
  bool lapsed_ = false;  // it was to be posted, and has expired
  bool key_offered_ = false;
  std::optional<failure> refused_;
  bool replayed_ = false;
};

}  // namespace lifeline::ledger
