#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "lifeline/ledger/account_change.hpp"
#include "lifeline/ledger/error.hpp"
#include "lifeline/ledger/transfer_steps.hpp"

namespace lifeline::ledger {

/// The pure core of an account: what is posted and held, what is set aside for transfers on their
/// way, and whether one more can be. Credit becomes spendable only when it is settled, which is
/// after it is durable; so nothing ever depends on a commit that may fail. A hold, once durable, is
/// a part of the record: it doesn't keep the account awake.
class account_state {
 public:
  explicit account_state(account_record r) : record_(std::move(r)) {}

  const account_record& record() const noexcept { return record_; }

  /// Sets `amount` aside for a debit by a transfer that becomes posted or pending; one that is only
  /// scheduled sets nothing aside. Refused, and nothing is set aside, if `debits_only` names
  /// another owner, the account isn't open, the currency differs, the funds (overdraft included)
  /// don't suffice, all that is held from it would pass the balance limit, or the transfer already
  /// has something on its way here: an earlier attempt, of which the journal has not spoken yet.
  std::optional<failure> reserve(transfer_id id, const money& amount,
                                 const std::optional<std::string>& debits_only = {},
                                 transfer_status becomes = transfer_status::posted,
                                 std::uint64_t attempt = 0);
  /// Counts `amount` as incoming: it takes up room under the balance limit, but can't be spent.
  std::optional<failure> accept(transfer_id id, const money& amount,
                                transfer_status becomes = transfer_status::posted,
                                std::uint64_t attempt = 0);
  /// Expects the end of a transfer's durable hold, which changes the account by `change`. That may
  /// be on an account that is frozen, too.
  std::optional<failure> prepare(transfer_id id, const balance_change& change,
                                 const std::optional<std::string>& debits_only = {},
                                 std::uint64_t attempt = 0);

  /// The transfer is durable: what it changes becomes part of the balance. False, and nothing is
  /// done, if this attempt has nothing on its way here.
  bool settle(transfer_id id, std::uint64_t attempt = 0);
  /// The transfer came to nothing. False as above.
  bool release(transfer_id id, std::uint64_t attempt = 0);

  /// May the end of what is on its way lift this refusal of a debit of `amount`? The store can have
  /// committed it already, and shown it, before this object hears of it.
  bool may_lift(const failure& refused, const money& amount) const noexcept;

  /// Begins a change of the account itself; refused while another is on its way. Until it ends,
  /// what it forbids is forbidden already, and what it allows is not yet allowed.
  std::optional<failure> begin_change(const account_change& c);
  /// The change is durable, or came to nothing.
  void end_change(bool durable);

  /// What a debit may still take, overdraft included.
  std::int64_t spendable() const noexcept;
  std::int64_t reserved() const noexcept { return reserved_; }
  std::int64_t incoming() const noexcept { return incoming_; }
  /// Nothing is on its way: the store knows all that this object knows.
  bool may_rest() const noexcept { return moves_.empty() && !changing_; }

 private:
  /// What a transfer on its way sets aside, and what it changes once it is durable.
  struct move {
    std::int64_t reserved = 0;
    std::int64_t incoming = 0;
    balance_change change;
    std::uint64_t attempt = 0;
  };

  std::int64_t spendable_at_best() const noexcept;
  std::optional<failure> check(transfer_id id, const money& amount) const;
  std::optional<failure> check_status() const;
  std::optional<failure> check_new(transfer_id id) const;
  std::optional<failure> check_owner(const std::optional<std::string>& debits_only) const;
  std::optional<failure> check_funds(std::int64_t needed) const;
  std::optional<failure> check_room(std::int64_t needed) const;
  std::optional<failure> check_held(const char* side, std::int64_t held, std::int64_t more) const;
  void begin(transfer_id id, const move& m);
  /// Takes out what this attempt has on its way.
  std::optional<move> take(transfer_id id, std::uint64_t attempt);

  account_record record_;
  std::int64_t reserved_ = 0;
  std::int64_t incoming_ = 0;
  std::int64_t gains_ = 0;  // what will be spendable once all is durable
  // Of these the parts that become holds. A hold's end that is on its way frees nothing yet.
  std::int64_t held_from_ = 0;
  std::int64_t held_for_ = 0;
  std::unordered_map<transfer_id, move> moves_;
  std::optional<account_change> changing_;
};

}  // namespace lifeline::ledger
