#include "bank/storage/postgres/row_checks.hpp"

#include <span>

#include "bank/storage/postgres/columns.hpp"
#include "bank/storage/postgres/cursor.hpp"
#include "bank/storage/rules/record_rows.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

/// Each query returns a sentence for each violation.
finding first_of(postgres_session& s, std::span<const char* const> queries) {
  for (const char* query : queries) {
    auto row = s.run(std::string(query) + " LIMIT 1");
    if (row.next()) return row.text(0);
  }
  return std::nullopt;
}

const std::string select_occurrences =
    "SELECT p.place, p.sequence, e.kind, e.transfer, ms_of(t.execute_at), t.first_sequence,"
    " coalesce(t.held, t.amount), t.currency, t.from_account, t.to_account, t.memo"
    " FROM occurrences p JOIN transfer_entries e ON e.sequence = p.sequence"
    " JOIN transfers t ON t.id = e.transfer WHERE p.standing_order = $1 ORDER BY p.place";

std::string named(const standing_order& o) { return "standing order " + o.id.str(); }

bool is_that(const postgres_rows& row, const standing_order& o, lifeline::wall_time due) {
  return row.text(2) == to_string(transfer_status::scheduled) &&
         row.id(3) == occurrence_id(o, due) && row.time_or_null(4) == due &&
         row.count(5) == row.count(1) && row.integer(6) == o.amount.minor &&
         row.text(7) == o.amount.unit.code() && row.id(8) == o.from && row.id(9) == o.to &&
         row.text_or_null(10) == o.memo;
}

finding check_occurrences(postgres_session& s, const standing_order& o) {
  std::uint64_t place = 0;
  std::uint64_t last = 0;
  for (auto row = s.query(select_occurrences, o.number); row.next(); ++place, last = row.count(1)) {
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

}  // namespace

finding check_transfer_rows(postgres_session& s) {
  static constexpr const char* queries[] = {
      "SELECT 'transfer ' || id || ' is open, but has a wrong due time' FROM transfers"
      " WHERE status IN ('scheduled', 'pending') AND (due_at IS DISTINCT FROM"
      " CASE status WHEN 'scheduled' THEN execute_at ELSE expires_at END"
      " OR (status = 'scheduled' AND execute_at IS NULL))",
      "SELECT 'transfer ' || r.sequence || ' reverses a transfer that is not posted'"
      " FROM transfers r LEFT JOIN transfers t ON t.id = r.reverses"
      " WHERE r.reverses IS NOT NULL"
      " AND (t.status IS DISTINCT FROM 'posted' OR t.sequence >= r.sequence)",
      "SELECT 'transfer ' || r.sequence || ' does not reverse the whole transfer'"
      " FROM transfers r JOIN transfers t ON t.id = r.reverses"
      " WHERE r.amount <> t.amount OR r.from_account <> t.to_account"
      " OR r.to_account <> t.from_account",
      "SELECT 'entry ' || e.sequence || ' is not between the first and the last entry of its "
      "transfer'"
      " FROM transfer_entries e JOIN transfers t ON t.id = e.transfer"
      " WHERE e.sequence NOT BETWEEN t.first_sequence AND t.sequence"};
  return first_of(s, queries);
}

finding check_orders(postgres_session& s) {
  static constexpr const char* queries[] = {
      "SELECT 'standing order ' || o.id || ' is in ' || o.currency || ', but its accounts are not'"
      " FROM standing_orders o JOIN accounts f ON f.id = o.from_account"
      " JOIN accounts g ON g.id = o.to_account"
      " WHERE f.currency <> o.currency OR g.currency <> o.currency"};
  if (auto wrong = first_of(s, queries)) return wrong;
  postgres_cursor all(s, "all_orders",
                      std::string("SELECT ") + postgres_order_columns +
                          " FROM standing_orders o ORDER BY o.number");
  while (all.next()) {
    const standing_order o = order_in(all.row());
    if (auto wrong = check_occurrences(s, o)) return wrong;
    if (o.next_at != (o.deleted_at ? std::nullopt : o.schedule.at(o.made)))
      return named(o) + " has a wrong next time";
  }
  return std::nullopt;
}

finding check_keys(postgres_session& s) {
  static constexpr const char* queries[] = {
      "SELECT 'the idempotency key ' || key || ' of ' || caller || ' refers to no object'"
      " FROM idempotency i WHERE NOT EXISTS (SELECT 1 FROM transfers WHERE id = i.object)"
      " AND NOT EXISTS (SELECT 1 FROM accounts WHERE id = i.object)"
      " AND NOT EXISTS (SELECT 1 FROM standing_orders WHERE id = i.object)"
      " AND i.answer IS NULL"};  // a group's key leads to its answer, a claim to another table
  return first_of(s, queries);
}

}  // namespace bank::storage
