#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "bank/storage/posting.hpp"
#include "bank/storage/sqlite_statement.hpp"

namespace bank::storage {

/// An account as the commit writer holds it in memory.
struct cached_account {
  std::int64_t number = 0;
  account_face face;
  std::uint64_t last_transfer = 0;
  bool dirty = false;
};

/// The accounts that commits touched last, with their balances, so that a commit reads little. It
/// holds what the file holds plus the changes of the batch at hand; whoever drops that batch, or
/// finds that another connection wrote, clears it.
class sqlite_account_cache {
 public:
  static constexpr std::size_t limit = 200'000;

  explicit sqlite_account_cache(SQLite::Database& db);

  /// Null if there is no such account. Valid until `settle` or `clear`.
  cached_account* find(const lifeline::ledger::account_id& id);
  /// The account was just written to the file.
  void add(const lifeline::ledger::account_id& id, cached_account account);
  /// A batch begins: makes room if there is little.
  void make_room();
  void clear();

  /// Takes the new face of an account, and its newest transfer; `write` will store it.
  void change(cached_account& account, const account_face& face, std::uint64_t last_transfer);
  /// The same, where it was not a transfer: its status is not stored by this.
  void change(cached_account& account, const account_face& face);
  /// Stores what was changed, once per account, in order of their place in the file.
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
