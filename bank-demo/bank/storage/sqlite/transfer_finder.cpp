#include "bank/storage/sqlite/transfer_finder.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

std::string select_transfer(std::string_view more_columns, std::string_view where) {
  std::string sql = "SELECT ";
  sql.append(transfer_columns).append(more_columns);
  sql +=
      " FROM transfers t JOIN accounts f ON f.number = t.from_account"
      " JOIN accounts g ON g.number = t.to_account"
      " LEFT JOIN transfer_details d ON d.sequence = t.sequence WHERE ";
  return sql.append(where);
}

std::string select_open_transfer(std::string_view where) {
  std::string sql = "SELECT ";
  sql.append(open_transfer_columns);
  sql +=
      " FROM open_transfers t JOIN accounts f ON f.number = t.from_account"
      " JOIN accounts g ON g.number = t.to_account WHERE ";
  return sql.append(where);
}

sqlite_transfer_finder::sqlite_transfer_finder(SQLite::Database& db)
    : ended_(db, select_transfer("", "t.id = ?")), open_(db, select_open_transfer("t.id = ?")) {}

/// Open transfers first: one that ends between the two look-ups is found by the second.
std::optional<transfer_record> sqlite_transfer_finder::find(const transfer_id& id) {
  if (auto open = find_open(id)) return open;
  auto row = ended_.query(id);
  return row.next() ? std::optional(transfer_of(row)) : std::nullopt;
}

std::optional<transfer_record> sqlite_transfer_finder::find_open(const transfer_id& id) {
  auto row = open_.query(id);
  return row.next() ? std::optional(transfer_of(row)) : std::nullopt;
}

}  // namespace bank::storage
