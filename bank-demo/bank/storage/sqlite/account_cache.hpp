#pragma once

#include <unordered_map>
#include <vector>

#include "bank/storage/rules/batch_draft.hpp"
#include "bank/storage/sqlite/statement.hpp"

namespace bank::storage {

/// An account in the commit writer's memory.
struct cached_account : drafted_account {
  std::int64_t number = 0;  ///< 0: not written yet
  std::uint64_t last_transfer = 0;
};

/// The accounts that recent commits used, with their balances, so that a commit reads little. It
/// equals the file plus the draft of the current batch. Clear it when that batch is dropped, or
/// when another connection has written.
class sqlite_account_cache {
 public:
  static constexpr std::size_t limit = 200'000;

  explicit sqlite_account_cache(SQLite::Database& db);

  /// Null if there is no such account. Valid until `make_room` or `clear`.
  cached_account* find(const lifeline::ledger::account_id& id);
  cached_account& add(const cached_account& account);
  /// A batch begins; removes accounts if the cache is nearly full.
  void make_room();
  void clear() { accounts_.clear(); }

  /// Stores the balances of these accounts, in the file's order; `made_by` is the batch's mark.
  void write(const std::vector<drafted_account*>& changed, std::uint64_t made_by);

 private:
  cached_account* load(const lifeline::ledger::account_id& id);

  sqlite_statement load_;
  sqlite_bulk write_;
  std::unordered_map<lifeline::ledger::account_id, cached_account> accounts_;
  std::vector<cached_account*> in_order_;  // scratch of `write`
};

}  // namespace bank::storage
