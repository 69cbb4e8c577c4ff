#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "lifeline/ledger/records.hpp"

namespace bank::storage {

/// What is wrong, as a sentence; nothing if all is well.
using finding = std::optional<std::string>;

/// An account as it is stored, and as its entries make it, side by side.
struct replayed_account {
  lifeline::ledger::account_record stored;
  std::optional<std::int64_t> stored_limit;  ///< none: a world account
  std::uint64_t stored_last = 0;             ///< its last transfer

  bool opened = false;
  lifeline::ledger::account_status status = lifeline::ledger::account_status::open;
  std::int64_t limit = 0;
  std::int64_t balance = 0;
  std::uint64_t version = 0;
  std::uint64_t last = 0;

  bool is_world() const noexcept { return stored.type == lifeline::ledger::account_type::world; }
};

/// A transfer as the books hold it; accounts are named by their numbers.
struct stored_transfer {
  struct side {
    std::int64_t account = 0;
    std::int64_t balance_after = 0;
    std::uint64_t previous = 0;
  };
  std::uint64_t sequence = 0;
  side from;
  side to;
  std::int64_t amount = 0;
  std::string currency;
  std::string status;
  bool has_time = false;  ///< of posting
};

struct stored_account_entry {
  std::uint64_t sequence = 0;
  std::int64_t account = 0;
  std::string kind;
  std::optional<std::int64_t> limit;
};

/// Replays the ledger's entries in order and says where one does not fit what came before it. A
/// pure core: no database, no clock.
class ledger_replay {
 public:
  /// All accounts first.
  void add(std::int64_t number, replayed_account a);
  finding apply(const stored_transfer& t);
  finding apply(const stored_account_entry& e);
  /// When all entries have been applied: is each account stored as they make it? Checks the sums
  /// and the world accounts, too.
  finding end() const;

  std::uint64_t last_sequence() const noexcept { return sequence_; }
  std::uint64_t transfers() const noexcept { return transfers_; }
  std::size_t accounts() const noexcept { return accounts_.size(); }

 private:
  finding take_sequence(std::uint64_t sequence);
  replayed_account* find(std::int64_t number);
  finding check_side(const stored_transfer& t, const stored_transfer::side& s);
  finding move(const stored_transfer& t, const stored_transfer::side& s, std::int64_t change);
  finding check_sums() const;
  finding check_worlds() const;

  std::unordered_map<std::int64_t, replayed_account> accounts_;
  std::uint64_t sequence_ = 0;
  std::uint64_t transfers_ = 0;
};

}  // namespace bank::storage
