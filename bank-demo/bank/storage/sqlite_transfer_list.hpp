#pragma once

#include "bank/storage/sqlite_reader.hpp"

namespace bank::storage {

/// Lists of transfers in whatever state, in the order of their first entries, newest first: an
/// order in which nothing moves when a transfer resolves. Made for one list over a reader's
/// connection, inside a transaction of the caller's; members throw SQLite::Exception.
///
/// A transfer that was posted at once stands in `transfers` at that place. One that was open for a
/// while stands elsewhere by now; its place is that of its first row in `transfer_entries`.
class sqlite_transfer_list {
 public:
  using record = lifeline::ledger::transfer_record;
  using page = lifeline::ledger::page<record>;

  sqlite_transfer_list(sqlite_reader& reader, const lifeline::ledger::transfer_filter& filter);

  page read();

 private:
  /// Where one of two sources of an account's transfers goes on: the history, for those that were
  /// posted at once, or the openings, for all others.
  struct source {
    std::uint64_t next = 0;
    std::int64_t account = 0;
    bool history = false;
  };

  /// Those that are open now, from their own table.
  page open_ones();
  /// Through the ledger backwards.
  page scan();
  /// Through the histories and openings of some accounts at once.
  page merge();

  std::optional<record> next_direct(sqlite_statement::rows& rows);
  std::optional<record> next_opened(sqlite_statement::rows& rows);
  std::vector<source> sources();
  /// The transfer at a source's place, unless it has another place; the source goes on.
  std::optional<record> take(source& s);
  record opened_at(std::uint64_t sequence);
  std::uint64_t opening_below(std::int64_t account, std::uint64_t end);
  bool passes(const record& t);
  bool touches_owner(const record& t);

  sqlite_reader& reader_;
  const lifeline::ledger::transfer_filter& filter_;
  std::uint64_t first_ = 1;  ///< sequences from here on
  std::uint64_t end_;        ///< and before this
  sqlite_statement opening_below_, opened_at_;
};

}  // namespace bank::storage
