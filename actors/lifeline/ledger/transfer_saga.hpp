#pragma once

#include <cstdint>
#include <optional>

#include "lifeline/context/error.hpp"
#include "lifeline/ledger/commit_batch.hpp"
#include "lifeline/ledger/error.hpp"
#include "lifeline/ledger/transfer_orders.hpp"
#include "lifeline/ledger/transfer_steps.hpp"

namespace lifeline::ledger {

/// The pure core of one transfer's way: reserve, accept, commit point, journal, answer. An event
/// goes in, what to do next comes out; no actor, no clock, no store.
///
/// A transfer becomes posted, a hold, or only scheduled; a scheduled one makes the way again when
/// it is due, and is then rejected if an account refuses it.
///
/// What it guarantees: once `reserve` or `accept` was ordered, every end before the journal, but
/// that account's own refusal, orders a release for it; after `append` the journal settles or
/// releases, never the saga.
class transfer_saga {
 public:
  using orders = transfer_orders;

  /// `may_be_repeated`: the client chose the id or sent a key, so that an earlier request must be
  /// looked for before this one is refused.
  transfer_saga(transfer_record t, std::optional<std::string> key_digest, bool may_be_repeated)
      : transfer_(std::move(t)),
        key_digest_(std::move(key_digest)),
        may_be_repeated_(may_be_repeated) {}

  /// Of a scheduled transfer whose time has come: `now` is when its hold, if it is one, begins.
  static transfer_saga due(transfer_record scheduled);

  /// When the journey began; part of the record. Says what the transfer is to become.
  void created(wall_time at);

  orders start();
  orders reserved(std::optional<failure> refused);
  /// `ended`: the state of the request's context, asked for the last time.
  orders accepted(std::optional<failure> refused, lifeline::errc ended);
  orders context_ended(lifeline::errc e);
  orders journaled(const entry_verdict& v, wall_time at);
  /// Nothing: the store could not be asked.
  orders looked_up(const std::optional<earlier_request>& found);

  /// The state in which the transfer must be; none: it must be new.
  std::optional<transfer_status> expects() const noexcept { return expects_; }
  /// What `resolve` ends a transfer with: its rejection.
  const resolution& ending() const noexcept { return ending_; }
  const transfer_record& transfer() const noexcept { return transfer_; }
  const std::optional<failure>& refused() const noexcept { return refused_; }
  bool replayed() const noexcept { return replayed_; }
  /// Past the commit point nothing but the journal ends it.
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

/// How far in the past a time to execute may be: clocks differ, requests take their time.
inline constexpr std::chrono::seconds latest_execute_at{60};

/// When its journey began, and what it is to become: posted, a hold, or only scheduled.
void begin_transfer(transfer_record& t, wall_time at);
/// Why it can't be made, whatever its accounts say.
std::optional<failure> unfit(const transfer_record& t);

/// What the journal's word means where it is no success.
failure failure_of(verdict v);
/// The failure that the end of a context means, while nothing has been moved.
failure failure_of(lifeline::errc e);

}  // namespace lifeline::ledger
