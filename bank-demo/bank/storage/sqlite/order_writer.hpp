#pragma once

#include "bank/storage/sqlite/account_cache.hpp"
#include "bank/storage/sqlite/statement.hpp"
#include "lifeline/ledger/ledger_store.hpp"

namespace bank::storage {

/// Writes standing orders for the commit writer, over its connection and inside its transaction.
class sqlite_order_writer {
 public:
  sqlite_order_writer(SQLite::Database& db, sqlite_account_cache& accounts);

  std::optional<lifeline::ledger::standing_order> find(
      const lifeline::ledger::standing_order_id& id);
  /// Adds a standing order, committed at `at`. False if a rule forbids it. Throws if its id exists.
  bool add(const lifeline::ledger::standing_order& asked, lifeline::wall_time at);
  /// Changes a standing order: an occurrence was made as entry `sequence`, or it was deleted (0).
  void change(const lifeline::ledger::standing_order& after, std::uint64_t sequence);

 private:
  sqlite_account_cache& accounts_;
  sqlite_statement find_, insert_, update_, insert_occurrence_;
};

}  // namespace bank::storage
