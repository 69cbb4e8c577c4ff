#pragma once

#include "bank/storage/sqlite_reader.hpp"

namespace bank::storage {

/// The reports of the books: lists of transfers, balances of old, statements, owners. Made for one
/// report over a reader's connection; members throw SQLite::Exception.
///
/// Times are found by bisection: entries stand in the order of their times, since a journal's
/// batches do. Where a clock was set back while no node ran, entries count as of a time nearby.
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
  using page = lifeline::ledger::page<lifeline::ledger::transfer_record>;
  /// Sequences from `first` on and before `end`.
  struct span {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
  };

  /// The first sequence of a transfer at or after `t`; one past the last if there is none.
  std::uint64_t first_since(lifeline::wall_time t);
  span span_of(const lifeline::ledger::transfer_filter& filter);
  /// Through the ledger's end backwards.
  page scan(const lifeline::ledger::transfer_filter& filter, const span& within);
  /// Through the histories of some accounts at once.
  page merge(const lifeline::ledger::transfer_filter& filter, const span& within);
  std::vector<sqlite_reader::history_head> heads_of(
      const lifeline::ledger::transfer_filter& filter);

  sqlite_reader& reader_;
};

}  // namespace bank::storage
