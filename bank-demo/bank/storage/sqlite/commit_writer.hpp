#pragma once

#include <map>
#include <span>

#include "bank/storage/sqlite/account_cache.hpp"
#include "bank/storage/sqlite/connection.hpp"
#include "bank/storage/sqlite/order_writer.hpp"
#include "bank/storage/sqlite/statement.hpp"
#include "bank/storage/sqlite/transfer_writer.hpp"
#include "lifeline/ledger/batch_hash.hpp"

namespace bank::storage {

/// Applies batches over one connection, used by one thread at a time. A batch is one transaction;
/// each account in it is written once. After a `commit` that returned `unavailable`, `unknown`, or
/// `violated` by an exception, create a new writer.
class sqlite_commit_writer {
 public:
  /// Throws SQLite::Exception.
  explicit sqlite_commit_writer(const std::filesystem::path& file);

  lifeline::ledger::commit_result commit(const lifeline::ledger::batch& b);
  /// Closes the past before `before`. Returns why it failed; create a new writer then.
  std::optional<lifeline::ledger::failure> close_past(const context& ctx,
                                                      lifeline::wall_time before);
  bool spent() const noexcept { return spent_; }

 private:
  lifeline::ledger::commit_result spend(lifeline::ledger::commit_error why) noexcept;
  /// Empty if the batch is applied and ready to commit.
  std::optional<lifeline::ledger::commit_error> apply(const lifeline::ledger::batch& b);
  lifeline::ledger::commit_error roll_back(lifeline::ledger::commit_error why);
  bool begin(const lifeline::ledger::batch& b);
  void end(const lifeline::ledger::batch& b);

  bool add_unit(std::span<const lifeline::ledger::entry> unit);
  bool add_group(const lifeline::ledger::group_entry& g,
                 std::span<const lifeline::ledger::entry> members);
  /// Never alone.
  static bool add(const lifeline::ledger::group_entry& /*e*/) { return false; }
  bool add(const lifeline::ledger::open_entry& e);
  bool add(const lifeline::ledger::transfer_entry& e);
  bool add(const lifeline::ledger::resolve_entry& e);
  bool execute(const lifeline::ledger::transfer_entry& e);
  bool repeated(const lifeline::ledger::transfer_entry& e);
  bool add(const lifeline::ledger::change_entry& e);
  bool add(const lifeline::ledger::open_order_entry& e);
  bool add(const lifeline::ledger::end_order_entry& e);
  bool add(const lifeline::ledger::occur_entry& e);
  bool add(const lifeline::ledger::claim_entry& e);
  lifeline::ledger::entry_outcome judge(const lifeline::ledger::open_entry& e);
  bool key_used(const std::optional<lifeline::ledger::idempotency_key>& k);
  void keep_key(const std::optional<lifeline::ledger::idempotency_key>& k,
                const lifeline::ledger::uuid& object,
                const std::optional<std::string>& answer = {});
  bool refuse(lifeline::ledger::entry_outcome why);
  void take_sequence();
  bool note();

  /// False if its id belongs to another kind of account.
  bool open_world(const lifeline::ledger::currency& unit);
  std::int64_t insert(const lifeline::ledger::account_record& a);
  const lifeline::ledger::account_id& world_of(const lifeline::ledger::currency& unit);

  sqlite_connection connection_;
  lifeline::ledger::batch_facts facts_;
  lifeline::ledger::batch_hasher hasher_;
  sqlite_account_cache accounts_;
  sqlite_transfer_writer transfers_;
  sqlite_order_writer orders_;
  sqlite_statement begin_, commit_, rollback_;
  sqlite_statement read_ledger_, write_ledger_, close_past_;
  sqlite_statement find_key_, find_ref_;
  sqlite_statement insert_account_, insert_balance_, insert_account_entry_;
  sqlite_statement update_status_, insert_key_, insert_batch_;
  std::map<lifeline::ledger::currency, lifeline::ledger::account_id> worlds_;  // derived once

  // The current batch.
  lifeline::wall_time at_{};
  std::uint64_t sequence_ = 0;
  lifeline::ledger::chain_hash head_{};  // hash of the previous batch
  std::vector<lifeline::ledger::entry_result> results_;

  lifeline::ledger::batch_id last_written_;  // the cache equals the file as of this batch
  std::uint64_t last_sequence_ = 0;
  bool spent_ = false;
};

}  // namespace bank::storage
