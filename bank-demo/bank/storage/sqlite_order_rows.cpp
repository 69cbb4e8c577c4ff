#include "bank/storage/sqlite_order_rows.hpp"

#include <SQLiteCpp/Exception.h>

#include "bank/storage/sqlite_rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

interval interval_of(const std::string& text) {
  if (const auto known = parse_interval(text)) return *known;
  throw SQLite::Exception("the database is damaged: \"" + text + "\" is no interval");
}

}  // namespace

std::string select_order(std::string_view where) {
  std::string sql =
      "SELECT o.number, o.id, o.seed, f.id, g.id, o.amount, o.currency, o.memo, o.every,"
      " o.first_at, o.last_at, o.made, o.next_at, o.created_at, o.deleted_at"
      " FROM standing_orders o JOIN accounts f ON f.number = o.from_account"
      " JOIN accounts g ON g.number = o.to_account WHERE ";
  return sql.append(where);
}

standing_order order_of(const sqlite_statement::rows& row) {
  standing_order o;
  o.number = row.count(0);
  o.id = standing_order_id(row.id(1));
  o.seed = row.id(2);
  o.from = account_id(row.id(3));
  o.to = account_id(row.id(4));
  o.amount = {row.integer(5), currency_of(row.text(6))};
  o.memo = row.text_or_null(7);
  o.schedule = {interval_of(row.text(8)), row.time(9), row.time_or_null(10)};
  o.made = row.count(11);
  o.next_at = row.time_or_null(12);
  o.created_at = row.time(13);
  o.deleted_at = row.time_or_null(14);
  return o;
}

}  // namespace bank::storage
