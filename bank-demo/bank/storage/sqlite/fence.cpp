#include "bank/storage/sqlite/fence.hpp"

#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

#include <algorithm>
#include <string>

#include "bank/storage/sqlite/rows.hpp"
#include "bank/storage/sqlite/transfer_finder.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

sqlite_fence::sqlite_fence(const std::filesystem::path& file)
    : connection_(file, sqlite_connection::small_cache),
      find_(connection_.db(),
            "SELECT first_sequence, last_sequence, outcomes, at FROM batches"
            " WHERE epoch = ? AND number = ?") {}

std::uint64_t sqlite_fence::raise() {
  SQLite::Database& db = connection_.db();
  SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
  db.exec("UPDATE ledger SET epoch = epoch + 1");
  const auto epoch = db.execAndGet("SELECT epoch FROM ledger").getInt64();
  transaction.commit();
  return static_cast<std::uint64_t>(epoch);
}

std::optional<committed_batch> sqlite_fence::find(batch_id id) {
  auto row = find_.query(id.epoch, id.number);
  if (!row.next()) return std::nullopt;
  committed_batch found{row.time(3), results_of(row.count(0), row.count(1), row.text_or_null(2))};
  constexpr const char* in_batch = "t.sequence BETWEEN ? AND ?";
  for (const std::string& sql : {select_transfer("", in_batch), select_open_transfer(in_batch)}) {
    sqlite_statement select(connection_.db(), sql);
    auto left = select.query(row.count(0), row.count(1));
    while (left.next()) found.transfers.push_back(transfer_of(left));
  }
  std::ranges::sort(found.transfers, {}, &transfer_record::sequence);
  return found;
}

ledger_secret sqlite_fence::secret() {
  sqlite_statement select(connection_.db(), "SELECT secret, had_no_secret FROM ledger");
  auto row = select.query();
  if (!row.next() || row.null(0)) sqlite_statement::rows::damaged("the ledger has no secret");
  return {row.hash(0), row.integer(1) != 0};
}

void sqlite_fence::write_nothing() {
  SQLite::Database& db = connection_.db();
  SQLite::Transaction transaction(db, SQLite::TransactionBehavior::IMMEDIATE);
  // SQLite does not write an unchanged row, so the row is changed twice.
  db.exec("UPDATE ledger SET epoch = epoch + 1; UPDATE ledger SET epoch = epoch - 1");
  transaction.commit();
}

void sqlite_fence::check_end_of_ledger() {
  const bool whole =
      connection_.db()
          .execAndGet(
              "SELECT last_sequence = max("
              " (SELECT coalesce(max(sequence), 0) FROM transfers),"
              " (SELECT coalesce(max(sequence), 0) FROM transfer_entries),"
              " (SELECT coalesce(max(sequence), 0) FROM account_entries))"
              " AND head = coalesce((SELECT hash FROM batches ORDER BY epoch DESC, number DESC"
              "  LIMIT 1), zeroblob(32)) FROM ledger")
          .getInt() == 1;
  if (!whole)
    throw SQLite::Exception("the database is damaged: its last entries are missing",
                            SQLITE_CORRUPT);
}

}  // namespace bank::storage
