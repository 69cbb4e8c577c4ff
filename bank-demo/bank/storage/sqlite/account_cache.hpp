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
  bool dirty = false;
};

/// The accounts that recent commits used, with their balances, so that a commit reads little. It
/// equals the file plus the changes of the current batch. Clear it when that batch is dropped, or
/// when another connection has written.
class sqlite_account_cache {
 public:
  static constexpr std::size_t limit = 200'000;

  explicit sqlite_account_cache(SQLite::Database& db);

  /// Null if there is no such account. Valid until `settle` or `clear`.
  cached_account* find(const lifeline::ledger::account_id& id);
  /// Adds an account that was just written to the file.
  void add(const lifeline::ledger::account_id& id, cached_account account);
  /// A batch begins; removes accounts if the cache is nearly full.
  void make_room();
  void clear();

  /// Sets the new state of an account and its newest transfer; `write` stores them.
  void change(cached_account& account, const account_face& face, std::uint64_t last_transfer);
  /// The same without a transfer; does not store the status.
  void change(cached_account& account, const account_face& face);
  /// Stores the changed accounts, each once, in the file's order.
  void write();

 private:
  using dirty_accounts = std::span<cached_account*>;

  cached_account* load(const lifeline::ledger::account_id& id);
  static void write(dirty_accounts some, sqlite_statement& statement);

  sqlite_statement load_;
  sqlite_statement write_many_;
  sqlite_statement write_one_;
  std::unordered_map<lifeline::ledger::account_id, cached_account> accounts_;
  std::vector<cached_account*> dirty_;
};

}  // namespace bank::storage
