#pragma once

#include "bank/storage/sqlite/batch_rows.hpp"
#include "bank/storage/sqlite/connection.hpp"
#include "bank/storage/sqlite/view.hpp"

namespace bank::storage {

/// Applies batches over one connection, used by one thread at a time. A batch is one transaction.
/// The rules that all stores share check it in memory. After a `commit` that returned
/// `unavailable`, `unknown`, or `violated` by an exception, create a new writer.
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
  /// Writes the batch, ready to commit; its results and time, or why it was rolled back.
  lifeline::ledger::commit_result apply(const lifeline::ledger::batch& b, bool careful);
  lifeline::ledger::commit_error roll_back(lifeline::ledger::commit_error why);
  /// The earliest time of the batch; empty if it is fenced.
  std::optional<lifeline::wall_time> begin(const lifeline::ledger::batch& b, bool careful);

  sqlite_connection connection_;
  sqlite_account_cache accounts_;
  sqlite_view view_;
  sqlite_batch_rows rows_;
  lifeline::ledger::batch_hasher hasher_;
  sqlite_statement begin_, commit_, rollback_, read_ledger_, close_past_;
  lifeline::ledger::chain_hash head_{};      // hash of the previous batch
  lifeline::ledger::batch_id last_written_;  // the cache equals the file as of this batch
  std::uint64_t last_sequence_ = 0;
  bool spent_ = false;
};

}  // namespace bank::storage
