#include "bank/storage/sqlite/order_rows.hpp"

#include "bank/storage/rules/record_rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

std::string select_order(std::string_view where, std::string_view more_columns) {
  std::string sql =
      "SELECT o.number, o.id, o.seed, f.id, g.id, o.amount, o.currency, o.memo, o.every,"
      " o.first_at, o.last_at, o.made, o.next_at, o.created_at, o.deleted_at";
  sql.append(more_columns);
  sql +=
      " FROM standing_orders o JOIN accounts f ON f.number = o.from_account"
      " JOIN accounts g ON g.number = o.to_account WHERE ";
  return sql.append(where);
}

standing_order order_of(const sqlite_statement::rows& row) { return order_in(row); }

}  // namespace bank::storage
