#pragma once

#include "bank/storage/sqlite/connection.hpp"
#include "bank/storage/sqlite/statement.hpp"
#include "lifeline/ledger/batch.hpp"

namespace bank::storage {

/// Raises the epoch and looks up the outcome of a batch, over one connection, used by one thread at
/// a time. Taking the write lock waits for a running commit; the write replaces anything that a
/// failed commit has left at the end of the log. Members throw SQLite::Exception.
class sqlite_fence {
 public:
  explicit sqlite_fence(const std::filesystem::path& file);

  sqlite_connection& connection() noexcept { return connection_; }

  std::uint64_t raise();
  std::optional<lifeline::ledger::committed_batch> find(lifeline::ledger::batch_id id);
  lifeline::ledger::ledger_secret secret();
  /// Writes and syncs an unchanged row.
  void write_nothing();
  /// Throws if the entries or batches do not end where the ledger's row says, as in a truncated
  /// file.
  void check_end_of_ledger();

 private:
  sqlite_connection connection_;
  sqlite_statement find_;
};

}  // namespace bank::storage
