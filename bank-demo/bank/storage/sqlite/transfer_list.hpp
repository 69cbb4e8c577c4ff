#pragma once

#include "bank/storage/sqlite/reader.hpp"

namespace bank::storage {

/// Lists of transfers in any state, ordered by first entry, newest first: the order does not change
/// when a transfer resolves. Create one per list over a reader's connection, inside the caller's
/// transaction; members throw SQLite::Exception.
///
/// A transfer that was posted at once is in `transfers` at this place. The place of one that was
/// open is that of its first row in `transfer_entries`.
class sqlite_transfer_list {
 public:
  using record = lifeline::ledger::transfer_record;
  using page = lifeline::ledger::page<record>;

  sqlite_transfer_list(sqlite_reader& reader, const lifeline::ledger::transfer_filter& filter);

  page read();

 private:
  /// The next place in one of two sources of an account's transfers: the history (transfers posted
  /// at once) or the openings (all others).
  struct source {
    std::uint64_t next = 0;
    std::int64_t account = 0;
    bool history = false;
  };

  /// Open transfers, from their own table.
  page open_ones();
  /// Reads the ledger backwards.
  page scan();
  /// Merges the histories and openings of some accounts.
  page merge();

  std::optional<record> next_direct(sqlite_statement::rows& rows);
  std::optional<record> next_opened(sqlite_statement::rows& rows);
  std::vector<source> sources();
  /// The transfer at a source's place, unless its place is elsewhere; advances the source.
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
