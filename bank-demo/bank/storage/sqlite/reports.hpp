#pragma once

#include "bank/storage/sqlite/reader.hpp"

namespace bank::storage {

/// Reports of the ledger: lists of transfers, past balances, statements, owners. Create one per
/// report over a reader's connection; members throw SQLite::Exception.
class sqlite_reports {
 public:
  explicit sqlite_reports(sqlite_reader& reader) noexcept : reader_(reader) {}

  lifeline::ledger::page<lifeline::ledger::transfer_record> transfers(
      const lifeline::ledger::transfer_filter& filter);
  std::optional<lifeline::ledger::dated_balance> balance_at(lifeline::ledger::account_id id,
                                                            lifeline::wall_time at);
  lifeline::ledger::statement account_statement(lifeline::ledger::account_id id,
                                                lifeline::wall_time from, lifeline::wall_time to,
                                                std::size_t limit);
  std::vector<lifeline::ledger::owner_summary> owners(const std::string& text,
                                                      const std::optional<std::string>& only,
                                                      std::size_t limit);

 private:
  /// The sequence of the first entry at or after `t`; last sequence + 1 if there is none.
  std::uint64_t first_since(lifeline::wall_time t);

  sqlite_reader& reader_;
};

}  // namespace bank::storage
