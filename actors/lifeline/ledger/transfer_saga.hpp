#pragma once

#include <cstdint>
#include <optional>

#include "lifeline/context/error.hpp"
#include "lifeline/ledger/commit_batch.hpp"
#include "lifeline/ledger/error.hpp"
#include "lifeline/ledger/transfer_orders.hpp"
#include "lifeline/ledger/transfer_steps.hpp"

namespace lifeline::ledger {

/// The pure core of one transfer: reserve, accept, commit point, journal, answer. An event goes in,
/// the next actions come out; no actor, no clock, no store.
///
/// A transfer becomes posted, a hold, or only scheduled. A scheduled one runs again when it is due,
/// and is rejected if an account refuses it.
///
/// Guarantee: once `reserve` or `accept` was sent, every end before the journal, except that
/// account's own refusal, sends it a release. After `append` the journal settles or releases, never
/// the saga.
class transfer_saga {
 public:
  using orders = transfer_orders;

  /// `may_be_repeated`: the client chose the id or sent a key, so an earlier request must be looked
  /// up before this one is refused.
  transfer_saga(transfer_record t, std::optional<std::string> key_digest, bool may_be_repeated)
      : transfer_(std::move(t)),
        key_digest_(std::move(key_digest)),
        may_be_repeated_(may_be_repeated) {}

  /// A scheduled transfer that is due; `now` is the start of its hold, if it is one.
  static transfer_saga due(transfer_record scheduled);

  /// Sets the creation time, part of the record, and what the transfer becomes.
  void created(wall_time at);

  orders start();
  orders reserved(std::optional<failure> refused);
  /// `ended`: the state of the request's context, checked for the last time.
  orders accepted(std::optional<failure> refused, lifeline::errc ended);
  orders context_ended(lifeline::errc e);
  orders journaled(const entry_verdict& v, wall_time at);
  /// Empty: the store could not be read.
  orders looked_up(const std::optional<earlier_request>& found);

  /// The required state of the transfer; none: it must be new.
  std::optional<transfer_status> expects() const noexcept { return expects_; }
  /// The resolution that `resolve` appends: its rejection.
  const resolution& ending() const noexcept { return ending_; }
  const transfer_record& transfer() const noexcept { return transfer_; }
  const std::optional<failure>& refused() const noexcept { return refused_; }
  bool replayed() const noexcept { return replayed_; }
  /// After the commit point only the journal ends it.
  bool committing() const noexcept {
    return step_ == step::committing || step_ == step::rejecting || step_ == step::keeping_key;
  }

 private:
  enum class step : std::uint8_t {
    created,
    reserving,
    accepting,
    committing,
    rejecting,
    keeping_key,
    looking_up,
    answered
  };

  orders refuse(failure f, orders also);
  orders answer(orders also);
  orders reject(orders also);
  orders rejected(const entry_verdict& v, wall_time at);
  orders replay(transfer_record first);
  transfer_record transfer_;
  std::optional<std::string> key_digest_;
  bool may_be_repeated_;
  std::optional<transfer_status> expects_ = {};
  resolution ending_ = {};
  bool key_offered_ = false;
  step step_ = step::created;
  std::optional<failure> refused_;
  bool replayed_ = false;
};

/// How far in the past `execute_at` may be: clocks differ, and requests take time.
inline constexpr std::chrono::seconds latest_execute_at{60};

/// Sets its creation time and what it becomes: posted, a hold, or only scheduled.
void begin_transfer(transfer_record& t, wall_time at);
/// Why it can't be made, regardless of its accounts.
std::optional<failure> unfit(const transfer_record& t);

/// The failure for a verdict that is not a success.
failure failure_of(verdict v);
/// The failure for the end of a context, while nothing has been moved.
failure failure_of(lifeline::errc e);

}  // namespace lifeline::ledger
