#pragma once

#include <SQLiteCpp/Database.h>

#include "bank/storage/rules/batch_draft.hpp"
#include "bank/storage/sqlite/account_cache.hpp"
#include "bank/storage/sqlite/statement.hpp"

namespace bank::storage {

/// Writes a draft's result over the commit writer's connection, inside its transaction. A transfer
/// that was posted at once is one row; open ones have a table of their own until they end. Each
/// account is written once. Throws SQLite::Exception.
class sqlite_batch_rows {
 public:
  sqlite_batch_rows(SQLite::Database& db, sqlite_account_cache& accounts);

  /// Where a new transfer may have a namesake that the draft did not look for.
  struct unsearched {
    bool open = false;
    bool ended = false;
  };

  /// False if a new transfer has the id of another one, or a key was used: roll the batch back, and
  /// draft it again with care.
  bool write(const batch_draft& d, const batch_seal& seal, unsearched where);

 private:
  /// A row of `transfers`; `previous`: the transfer before it in the account's history, 0: none.
  struct ended_row {
    const batch_draft::step& step;
    std::int64_t from, to;
    std::uint64_t from_previous, to_previous;
  };

  /// A transfer became scheduled or pending.
  struct open_row {
    const batch_draft::step* step;
    std::int64_t from, to;
  };
  /// A row of `transfer_openings`.
  struct opening_row {
    std::int64_t account;
    std::uint64_t sequence;
  };

  void put_new_accounts(const batch_draft& d);
  bool put_transfers(const batch_draft& d, unsearched where);
  bool has_namesake(unsearched where);
  void write_open(const batch_draft& d);
  bool write_ended();
  void put_ended(const batch_draft::step& s, cached_account& from, cached_account& to);
  void mark_history(const cached_account& a, std::uint64_t version);
  cached_account& account(const batch_draft::side& s, const lifeline::ledger::account_id& id);
  void put_account_entries(const batch_draft& d);
  void put_orders(const batch_draft& d);
  bool put_keys(const batch_draft& d);

  SQLite::Database& db_;
  sqlite_account_cache& accounts_;
  sqlite_statement insert_account_, insert_account_entry_, update_status_;
  sqlite_bulk insert_, insert_details_, insert_keys_;
  sqlite_statement insert_mark_;
  sqlite_bulk insert_open_, delete_open_, insert_entries_, insert_openings_;
  sqlite_bulk find_open_, find_ended_;
  sqlite_statement insert_order_, update_order_, insert_occurrence_;
  sqlite_statement insert_batch_, write_ledger_;
  // Of this batch:
  std::vector<ended_row> ended_;
  std::vector<const lifeline::ledger::transfer_record*> detailed_;
  std::vector<open_row> open_;
  std::vector<opening_row> openings_;
  std::vector<lifeline::ledger::transfer_id> no_longer_open_;
  std::vector<lifeline::ledger::transfer_id> new_;       // all
  std::vector<lifeline::ledger::transfer_id> new_open_;  // whose row in `transfers` comes later
};

}  // namespace bank::storage
