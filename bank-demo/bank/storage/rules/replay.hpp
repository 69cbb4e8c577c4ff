#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "lifeline/ledger/core/transfer_steps.hpp"
#include "lifeline/ledger/values/records.hpp"

namespace bank::storage {

/// A violation, as a sentence; empty if there is none.
using finding = std::optional<std::string>;

/// An account as stored and as computed from its entries.
struct replayed_account {
  lifeline::ledger::account_record stored;
  std::optional<std::int64_t> stored_limit;  ///< none: a world account
  std::uint64_t stored_last = 0;             ///< its last transfer

  bool opened = false;
  lifeline::ledger::account_status status = lifeline::ledger::account_status::open;
  std::int64_t limit = 0;
  std::int64_t balance = 0;
  std::int64_t pending_in = 0;
  std::int64_t pending_out = 0;
  std::uint64_t version = 0;
  std::uint64_t last = 0;

  bool is_world() const noexcept { return stored.type == lifeline::ledger::account_type::world; }
};

/// The terms of a transfer that never change, as stored.
struct stored_terms {
  lifeline::ledger::transfer_id id;
  lifeline::ledger::account_id from;
  lifeline::ledger::account_id to;
  std::string currency;
  std::uint64_t first_sequence = 0;

  friend bool operator==(const stored_terms&, const stored_terms&) = default;
};

/// The end of a transfer.
struct stored_transfer {
  struct side {
    std::int64_t balance_after = 0;
    std::optional<std::uint64_t> previous;  ///< none: the store keeps no links
  };
  std::uint64_t sequence = 0;
  stored_terms terms;
  side from;
  side to;
  std::int64_t amount = 0;
  std::optional<std::int64_t> held;
  std::string status;
  bool has_time = false;  ///< it has a time of posting
};

/// A transfer became scheduled or pending. `amount` is the requested amount.
struct stored_opening {
  std::uint64_t sequence = 0;
  stored_terms terms;
  std::string kind;
  std::int64_t amount = 0;

  friend bool operator==(const stored_opening&, const stored_opening&) = default;
};

struct stored_account_entry {
  std::uint64_t sequence = 0;
  lifeline::ledger::account_id account;
  std::string kind;
  std::optional<std::int64_t> limit;
};

/// Replays the ledger's entries in order and reports the first that does not fit the ones before. A
/// pure core: no database, no clock.
class ledger_replay {
 public:
  /// All accounts first.
  void add(replayed_account a);
  finding apply(const stored_transfer& t);
  finding apply(const stored_opening& o);
  /// An occurrence of a standing order: its accounts were not checked and may be closed.
  finding apply_occurrence(const stored_opening& o);
  finding apply(const stored_account_entry& e);
  /// After all entries: call it once for each transfer that is stored as open.
  finding check_open(const stored_opening& stored);
  /// After all entries: compares each stored account with its computed state, and checks the sums
  /// and the world accounts.
  finding end() const;

  std::uint64_t last_sequence() const noexcept { return sequence_; }
  std::uint64_t transfers() const noexcept { return transfers_; }
  std::size_t accounts() const noexcept { return accounts_.size(); }

 private:
  using account_id = lifeline::ledger::account_id;

  finding take_sequence(std::uint64_t sequence);
  replayed_account* find(const account_id& id);
  finding check_terms(const std::string& who, const stored_terms& t, std::int64_t amount);
  finding check_account(const std::string& who, const stored_terms& t, const account_id& id);
  finding check_closed(const std::string& who, const account_id& id);
  finding begin(const stored_opening& o);
  finding begin(const stored_transfer& t);
  finding resolve(const stored_transfer& t, const stored_opening& open);
  finding post(const stored_transfer& t);
  finding settle(const stored_transfer& t, bool posted);
  finding check_side(const stored_transfer& t, const account_id& id,
                     const stored_transfer::side& s);
  finding change(const std::string& who, const account_id& id,
                 const lifeline::ledger::balance_change& by);
  finding change(const std::string& who, const stored_terms& t,
                 const lifeline::ledger::transfer_changes& by);
  finding check_sums() const;
  finding check_worlds() const;

  std::unordered_map<account_id, replayed_account> accounts_;
  std::unordered_map<lifeline::ledger::transfer_id, stored_opening> open_;  ///< by their last entry
  std::uint64_t sequence_ = 0;
  std::uint64_t transfers_ = 0;
};

}  // namespace bank::storage
