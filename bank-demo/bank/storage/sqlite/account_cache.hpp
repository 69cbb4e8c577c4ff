#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "bank/storage/rules/posting.hpp"
#include "bank/storage/sqlite/statement.hpp"

namespace bank::storage {

/// An account in the commit writer's memory.
struct cached_account {
  std::int64_t number = 0;
  account_face face;
  std::uint64_t last_transfer = 0;
};

/// The accounts that recent commits used, with their balances, so that a commit reads little. It
/// equals the file plus what was written of the current batch. Clear it when that batch is dropped,
/// or when another connection has written.
class sqlite_account_cache {
 public:
  static constexpr std::size_t limit = 200'000;

  explicit sqlite_account_cache(SQLite::Database& db);

  /// Null if there is no such account. Valid until `make_room` or `clear`.
  cached_account* find(const lifeline::ledger::account_id& id);
  /// Adds an account that was just written to the file.
  cached_account* add(const lifeline::ledger::account_id& id, cached_account account);
  /// A batch begins; removes accounts if the cache is nearly full.
  void make_room();
  void clear() { accounts_.clear(); }

  /// Stores the balances of these accounts, in the file's order; `made_by` is the batch's mark.
  void write(std::vector<cached_account*>& changed, std::uint64_t made_by);

 private:
  cached_account* load(const lifeline::ledger::account_id& id);
  static void write(std::span<cached_account*> some, std::uint64_t made_by,
                    sqlite_statement& statement);

  sqlite_statement load_;
  sqlite_statement write_many_;
  sqlite_statement write_one_;
  std::unordered_map<lifeline::ledger::account_id, cached_account> accounts_;
};

}  // namespace bank::storage
