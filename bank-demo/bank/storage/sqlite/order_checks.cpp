#include "bank/storage/sqlite/order_checks.hpp"

#include "bank/storage/sqlite/order_rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;
using rows = sqlite_statement::rows;

namespace {

/// The requested content, however the transfer ended.
constexpr const char* select_occurrences =
    "SELECT p.place, p.sequence, e.kind, e.transfer, coalesce(o.execute_at, d.execute_at),"
    " coalesce(o.first_sequence, d.first_sequence), coalesce(o.amount, d.held, t.amount),"
    " coalesce(o.currency, t.currency), f.id, g.id, coalesce(o.memo, t.memo)"
    " FROM occurrences p LEFT JOIN transfer_entries e ON e.sequence = p.sequence"
    " LEFT JOIN open_transfers o ON o.id = e.transfer LEFT JOIN transfers t ON t.id = e.transfer"
    " LEFT JOIN transfer_details d ON d.sequence = t.sequence"
    " LEFT JOIN accounts f ON f.number = coalesce(o.from_account, t.from_account)"
    " LEFT JOIN accounts g ON g.number = coalesce(o.to_account, t.to_account)"
    " WHERE p.standing_order = ? ORDER BY p.place";

std::string named(const standing_order& o) { return "standing order " + o.id.str(); }

bool is_that(const rows& row, const standing_order& o, lifeline::wall_time due) {
  return row.text(2) == to_string(transfer_status::scheduled) &&
         row.id(3) == occurrence_id(o, due) && row.time_or_null(4) == due &&
         row.count(5) == row.count(1) && row.integer(6) == o.amount.minor &&
         row.text(7) == o.amount.unit.code() && row.id(8) == o.from && row.id(9) == o.to &&
         row.text_or_null(10) == o.memo;
}

finding check_occurrences(sqlite_statement& select, const standing_order& o) {
  std::uint64_t place = 0;
  std::uint64_t last = 0;
  for (auto row = select.query(o.number); row.next(); ++place, last = row.count(1)) {
    const std::string which = "occurrence " + std::to_string(row.count(0)) + " of " + named(o);
    if (row.count(0) != place) return which + " follows " + std::to_string(place) + " others";
    const auto due = o.schedule.at(place);
    if (!due) return which + " is after the end of its schedule";
    if (row.count(1) <= last) return which + " was made earlier than the previous one";
    if (!is_that(row, o, *due)) return which + " has another content than its standing order";
  }
  if (place == o.made) return std::nullopt;
  return named(o) + " made " + std::to_string(place) + " occurrences, but is stored with " +
         std::to_string(o.made);
}

finding check_next(const standing_order& o) {
  const auto next = o.deleted_at ? std::nullopt : o.schedule.at(o.made);
  if (o.next_at == next) return std::nullopt;
  return named(o) + " has a wrong next time";
}

/// `row` has the columns of `select_order`, then the currencies of both accounts.
finding check_order(const standing_order& o, const rows& row) {
  if (row.text(0) != o.amount.unit.code() || row.text(1) != o.amount.unit.code())
    return named(o) + " is in " + std::string(o.amount.unit.code()) + ", but its accounts are not";
  return std::nullopt;
}

}  // namespace

finding check_orders(SQLite::Database& db) {
  sqlite_statement orders(db, select_order("1 ORDER BY o.number"));
  sqlite_statement occurrences(db, select_occurrences);
  sqlite_statement currencies(db,
                              "SELECT f.currency, g.currency FROM standing_orders o"
                              " JOIN balances f ON f.account = o.from_account"
                              " JOIN balances g ON g.account = o.to_account WHERE o.number = ?");
  for (auto row = orders.query(); row.next();) {
    const standing_order o = order_of(row);
    auto units = currencies.query(o.number);
    units.next();
    if (auto wrong = check_order(o, units)) return wrong;
    if (auto wrong = check_occurrences(occurrences, o)) return wrong;
    if (auto wrong = check_next(o)) return wrong;
  }
  return std::nullopt;
}

}  // namespace bank::storage
