#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "lifeline/ledger/core/account_change.hpp"
#include "lifeline/ledger/core/legs.hpp"
#include "lifeline/ledger/values/error.hpp"

namespace lifeline::ledger {

/// The pure core of an account: what is posted, held, and reserved for transfers in progress, and
/// whether more can be reserved. Credit becomes spendable when it is settled, after it is durable;
/// so nothing ever depends on a commit that may fail. A durable hold is part of the record and does
/// not keep the account awake.
class account_state {
 public:
  explicit account_state(account_record r) : record_(std::move(r)) {}

  const account_record& record() const noexcept { return record_; }

  /// Counts the leg of a transfer that is in progress. A debit reserves what it takes; a credit
  /// counts toward the balance limit, but can't be spent; the end of a hold reserves nothing.
  ///
  /// Refused, and nothing is counted, if: `debits_only` names another owner (for a debit or an
  /// end); the transfer has a leg here already (an earlier attempt without a verdict of the
  /// journal); or, for a debit or a credit: the account isn't open; the currency differs; the
  /// funds (overdraft included) or the room below the balance limit don't suffice; or the sum of
  /// its holds would pass the balance limit.
  std::optional<leg_refusal> take(const leg& l, const std::optional<std::string>& debits_only = {},
                                  std::uint64_t attempt = 0);

  /// The transfer is durable: applies its change to the balance. False, without effect, if this
  /// attempt has nothing in progress here.
  bool settle(transfer_id id, std::uint64_t attempt = 0);
  /// The transfer had no effect. False as above.
  bool release(transfer_id id, std::uint64_t attempt = 0);

  /// Begins a change of the account itself; refused while another is in progress. Until it ends,
  /// its restrictions apply already, and its permissions don't apply yet.
  std::optional<failure> begin_change(const account_change& c);
  /// The change is durable, or had no effect.
  void end_change(bool durable);

  /// What a debit may still take, overdraft included.
  std::int64_t spendable() const noexcept;
  std::int64_t reserved() const noexcept { return reserved_; }
  std::int64_t incoming() const noexcept { return incoming_; }
  /// True if nothing is in progress: the store knows all that this object knows.
  bool may_rest() const noexcept { return moves_.empty() && !changing_; }

 private:
  /// What a transfer in progress reserves, and what it changes once it is durable.
  struct move {
    std::int64_t reserved = 0;
    std::int64_t incoming = 0;
    balance_change change;
    std::uint64_t attempt = 0;
  };

  std::optional<failure> check(const leg& l, const std::optional<std::string>& debits_only) const;
  std::optional<failure> check_status() const;
  std::optional<failure> check_funds(std::int64_t needed) const;
  std::optional<failure> check_room(std::int64_t needed) const;
  std::optional<failure> check_held(const char* side, std::int64_t held, std::int64_t more) const;
  bool may_lift(const failure& why, const leg& l) const noexcept;
  std::int64_t spendable_once_durable() const noexcept;
  void begin(transfer_id id, const move& m);
  /// Removes what this attempt has in progress.
  std::optional<move> end(transfer_id id, std::uint64_t attempt);

  account_record record_;
  std::int64_t reserved_ = 0;
  std::int64_t incoming_ = 0;
  std::int64_t gains_ = 0;  // spendable once all is durable
  // The part of these that becomes holds. The end of a hold in progress frees nothing yet.
  std::int64_t held_from_ = 0;
  std::int64_t held_for_ = 0;
  std::unordered_map<transfer_id, move> moves_;
  std::optional<account_change> changing_;
};

}  // namespace lifeline::ledger
