#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "lifeline/ledger/account_change.hpp"
#include "lifeline/ledger/error.hpp"
#include "lifeline/ledger/transfer_steps.hpp"

namespace lifeline::ledger {

/// The pure core of an account: what is posted, held, and reserved for transfers in progress, and
/// whether more can be reserved. Credit becomes spendable when it is settled, after it is durable;
/// so nothing ever depends on a commit that may fail. A durable hold is part of the record and does
/// not keep the account awake.
class account_state {
 public:
  explicit account_state(account_record r) : record_(std::move(r)) {}

  const account_record& record() const noexcept { return record_; }

  /// Reserves `amount` for a debit by a transfer that becomes posted or pending; a scheduled one
  /// reserves nothing. Refused, and nothing is reserved, if: `debits_only` names another owner; the
  /// account isn't open; the currency differs; the funds (overdraft included) don't suffice; the
  /// sum of its holds would pass the balance limit; or the transfer has something reserved here
  /// already (an earlier attempt without a verdict of the journal).
  std::optional<failure> reserve(transfer_id id, const money& amount,
                                 const std::optional<std::string>& debits_only = {},
                                 transfer_status becomes = transfer_status::posted,
                                 std::uint64_t attempt = 0);
  /// Counts `amount` as incoming: it counts toward the balance limit, but can't be spent.
  std::optional<failure> accept(transfer_id id, const money& amount,
                                transfer_status becomes = transfer_status::posted,
                                std::uint64_t attempt = 0);
  /// Prepares for the end of a transfer's durable hold, which changes the account by `change`.
  /// Allowed on a frozen account, too.
  std::optional<failure> prepare(transfer_id id, const balance_change& change,
                                 const std::optional<std::string>& debits_only = {},
                                 std::uint64_t attempt = 0);

  /// The transfer is durable: applies its change to the balance. False, without effect, if this
  /// attempt has nothing in progress here.
  bool settle(transfer_id id, std::uint64_t attempt = 0);
  /// The transfer had no effect. False as above.
  bool release(transfer_id id, std::uint64_t attempt = 0);

  /// Whether the end of a transfer in progress may lift this refusal of a debit of `amount`. The
  /// store may have committed it, and shown it, before this object learns of it.
  bool may_lift(const failure& refused, const money& amount) const noexcept;

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

  std::int64_t spendable_once_durable() const noexcept;
  std::optional<failure> check(transfer_id id, const money& amount) const;
  std::optional<failure> check_status() const;
  std::optional<failure> check_new(transfer_id id) const;
  std::optional<failure> check_owner(const std::optional<std::string>& debits_only) const;
  std::optional<failure> check_funds(std::int64_t needed) const;
  std::optional<failure> check_room(std::int64_t needed) const;
  std::optional<failure> check_held(const char* side, std::int64_t held, std::int64_t more) const;
  void begin(transfer_id id, const move& m);
  /// Removes what this attempt has in progress.
  std::optional<move> take(transfer_id id, std::uint64_t attempt);

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
