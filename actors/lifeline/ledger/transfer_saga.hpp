#pragma once

#include <cstdint>
#include <optional>

#include "lifeline/context/error.hpp"
#include "lifeline/ledger/commit_batch.hpp"
#include "lifeline/ledger/error.hpp"
#include "lifeline/ledger/records.hpp"

namespace lifeline::ledger {

/// What is known of earlier requests under a transfer's id or idempotency key.
struct earlier_request {
  std::optional<transfer_record> by_id;
  std::optional<std::string> key_digest;  ///< of the request that used the key
  std::optional<transfer_record> by_key;
};

/// The pure core of one transfer's way: reserve, accept, commit point, journal, answer. An event
/// goes in, what to do next comes out; no actor, no clock, no store.
///
/// What it guarantees: once `reserve` or `accept` was ordered, every end before the journal, but
/// that account's own refusal, orders a release for it; after `append` the journal settles or
/// releases, never the saga.
class transfer_saga {
 public:
  /// What to do now. More than one can be set; `answer` ends the saga.
  struct orders {
    bool reserve = false;
    bool accept = false;
    bool append = false;
    bool release_from = false;
    bool release_to = false;
    bool look_up = false;
    bool answer = false;

    friend bool operator==(const orders&, const orders&) = default;
  };

  /// `may_be_repeated`: the client chose the id or sent a key, so that an earlier request must be
  /// looked for before this one is refused.
  transfer_saga(transfer_record t, std::optional<std::string> key_digest, bool may_be_repeated)
      : transfer_(std::move(t)),
        key_digest_(std::move(key_digest)),
        may_be_repeated_(may_be_repeated) {}

  /// When the journey began; part of the record.
  void created(wall_time at) noexcept { transfer_.created_at = at; }

  orders start();
  orders reserved(std::optional<failure> refused);
  /// `ended`: the state of the request's context, asked for the last time.
  orders accepted(std::optional<failure> refused, lifeline::errc ended);
  orders context_ended(lifeline::errc e);
  orders journaled(const entry_verdict& v, wall_time at);
  /// Nothing: the store could not be asked.
  orders looked_up(const std::optional<earlier_request>& found);

  const transfer_record& transfer() const noexcept { return transfer_; }
  const std::optional<failure>& refused() const noexcept { return refused_; }
  bool replayed() const noexcept { return replayed_; }
  /// Past the commit point nothing but the journal ends it.
  bool committing() const noexcept { return step_ == step::committing; }

 private:
  enum class step : std::uint8_t {
    created,
    reserving,
    accepting,
    committing,
    looking_up,
    answered
  };

  orders refuse(failure f, orders also);
  orders answer(orders also);
  orders replay(transfer_record first);

  transfer_record transfer_;
  std::optional<std::string> key_digest_;
  bool may_be_repeated_;
  step step_ = step::created;
  std::optional<failure> refused_;
  bool replayed_ = false;
};

/// The failure that the end of a context means, while nothing has been moved.
failure failure_of(lifeline::errc e);

}  // namespace lifeline::ledger
