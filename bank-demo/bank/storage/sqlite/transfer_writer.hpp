#pragma once

#include "bank/storage/sqlite/account_cache.hpp"
#include "bank/storage/sqlite/statement.hpp"
#include "bank/storage/sqlite/transfer_finder.hpp"
#include "lifeline/ledger/batch_hash.hpp"

namespace bank::storage {

/// Writes transfers and the changes of their accounts for the commit writer, over its connection
/// and inside its transaction. A transfer that is posted at once is one row; open ones have a table
/// of their own until they end.
class sqlite_transfer_writer {
 public:
  /// Adds all written facts to `facts`.
  sqlite_transfer_writer(SQLite::Database& db, sqlite_account_cache& accounts,
                         lifeline::ledger::batch_facts& facts);

  /// A batch begins; `others_wrote`: another connection has written, so cached facts are dropped.
  void begin(lifeline::wall_time at, bool others_wrote);
  /// The batch was rolled back.
  void forget() noexcept { any_open_ = true; }

  std::optional<lifeline::ledger::transfer_record> find(const lifeline::ledger::transfer_id& id) {
    return finder_.find(id);
  }
  bool exists(const lifeline::ledger::transfer_id& id);
  std::optional<lifeline::ledger::transfer_record> find_open(
      const lifeline::ledger::transfer_id& id);

  /// Adds a transfer as entry `sequence`. False if a rule forbids it or its id exists.
  bool add(const lifeline::ledger::transfer_record& t, std::uint64_t sequence);
  /// Adds a scheduled one without a check of its accounts, which may be closed. False as above.
  bool write_down(const lifeline::ledger::transfer_record& t, std::uint64_t sequence);
  /// Executes a scheduled one with the result `t`. False if a rule forbids it.
  bool execute(const lifeline::ledger::transfer_record& t, std::uint64_t sequence);
  /// Ends an open one. False if a rule forbids it.
  bool end(const lifeline::ledger::transfer_record& t, const lifeline::ledger::resolution& r,
           std::uint64_t sequence);

 private:
  /// Both accounts of a transfer and their new states.
  struct sides {
    cached_account* from = nullptr;
    cached_account* to = nullptr;
    account_face from_face;
    account_face to_face;
  };

  bool begin(const lifeline::ledger::transfer_record& t);
  std::optional<sides> change(const lifeline::ledger::transfer_record& t,
                              const lifeline::ledger::transfer_changes& changes);
  bool write(const lifeline::ledger::transfer_record& t, const sides& s);
  bool write_ended(const lifeline::ledger::transfer_record& t, const sides& s);
  bool write_open(const lifeline::ledger::transfer_record& t, const sides& s);
  void keep(const sides& s, const lifeline::ledger::transfer_record& t);
  void keep(cached_account& a, const account_face& face, std::uint64_t posted_as);
  void remove_open(const lifeline::ledger::transfer_id& id);

  sqlite_account_cache& accounts_;
  lifeline::ledger::batch_facts& facts_;
  sqlite_transfer_finder finder_;
  sqlite_statement find_id_, any_;
  sqlite_statement insert_, insert_details_, insert_mark_;
  sqlite_statement insert_open_, delete_open_, insert_entry_, insert_openings_;
  lifeline::wall_time at_{};
  bool any_open_ = true;  ///< there may be open transfers
};

}  // namespace bank::storage
