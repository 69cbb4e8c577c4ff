#include "bank/storage/sqlite/row_checks.hpp"

#include <span>

#include "bank/storage/sqlite/statement.hpp"

namespace bank::storage {

namespace {

/// Each query returns a sentence for each violation.
finding first_of(SQLite::Database& db, std::span<const char* const> queries) {
  for (const char* query : queries) {
    sqlite_statement breaks(db, query);
    auto row = breaks.query();
    if (row.next()) return row.text(0);
  }
  return std::nullopt;
}

}  // namespace

finding check_identifiers(SQLite::Database& db) {
  static constexpr const char* queries[] = {
      "SELECT 'account ' || lower(hex(id)) || ' is stored twice' FROM accounts"
      " GROUP BY id HAVING count(*) > 1",
      "SELECT 'transfer ' || lower(hex(id)) || ' is stored twice' FROM transfers"
      " GROUP BY id HAVING count(*) > 1",
      "SELECT 'transfer ' || lower(hex(id)) || ' is stored twice, open and ended'"
      " FROM open_transfers o WHERE EXISTS (SELECT 1 FROM transfers t WHERE t.id = o.id)",
      "SELECT 'ref ' || ref || ' is stored twice' FROM accounts WHERE ref IS NOT NULL"
      " GROUP BY ref, owner HAVING count(*) > 1",
      "SELECT 'key ' || key || ' is stored twice' FROM idempotency"
      " GROUP BY caller, key HAVING count(*) > 1"};
  return first_of(db, queries);
}

finding check_entries_of_transfers(SQLite::Database& db) {
  static constexpr const char* queries[] = {
      "SELECT 'entry ' || sequence || ' belongs to a missing transfer' FROM transfer_entries"
      " WHERE transfer NOT IN (SELECT id FROM transfers)"
      " AND transfer NOT IN (SELECT id FROM open_transfers)"};
  return first_of(db, queries);
}

finding check_transfer_rows(SQLite::Database& db) {
  static constexpr const char* queries[] = {
      // A first entry has exactly its two accounts.
      "SELECT 'entry ' || e.sequence || ' is not linked from both its accounts'"
      " FROM transfer_entries e LEFT JOIN open_transfers o ON o.id = e.transfer"
      " LEFT JOIN transfers t ON t.id = e.transfer"
      " LEFT JOIN transfer_details d ON d.sequence = t.sequence"
      " WHERE coalesce(o.first_sequence, d.first_sequence) = e.sequence"
      " AND (SELECT count(*) FROM transfer_openings p WHERE p.sequence = e.sequence AND p.account"
      "  IN (coalesce(o.from_account, t.from_account), coalesce(o.to_account, t.to_account))) <> 2",
      "SELECT 'there are ' || (SELECT count(*) FROM transfer_openings) || ' openings, but ' || n"
      " || ' transfers were opened' FROM (SELECT (SELECT count(*) FROM open_transfers) +"
      "  (SELECT count(*) FROM transfer_details WHERE first_sequence <> sequence) AS n)"
      " WHERE (SELECT count(*) FROM transfer_openings) <> 2 * n",
      "SELECT 'transfer ' || lower(hex(id)) || ' is open, but has a wrong due time'"
      " FROM open_transfers"
      " WHERE due_at IS NOT iif(status = 'scheduled', execute_at, expires_at)"
      " OR (status = 'scheduled' AND execute_at IS NULL)",
      "SELECT 'transfer ' || d.sequence || ' reverses a transfer that is not posted'"
      " FROM transfer_details d LEFT JOIN transfers t ON t.id = d.reverses"
      " WHERE d.reverses IS NOT NULL"
      " AND (t.status IS NOT 'posted' OR t.sequence >= d.sequence)",
      "SELECT 'transfer ' || d.sequence || ' does not reverse the whole transfer'"
      " FROM transfer_details d JOIN transfers r ON r.sequence = d.sequence"
      " JOIN transfers t ON t.id = d.reverses"
      " WHERE r.amount <> t.amount OR r.from_account <> t.to_account"
      " OR r.to_account <> t.from_account",
      "SELECT 'transfer ' || lower(hex(reverses)) || ' is reversed twice' FROM"
      " (SELECT reverses FROM transfer_details"
      "  UNION ALL SELECT reverses FROM open_transfers)"
      " WHERE reverses IS NOT NULL GROUP BY reverses HAVING count(*) > 1"};
  return first_of(db, queries);
}

finding check_marks(SQLite::Database& db) {
  static constexpr const char* queries[] = {
      "SELECT 'the history mark at ' || m.sequence || ' is not at a transfer of its account'"
      " FROM history_marks m LEFT JOIN transfers t ON t.sequence = m.sequence"
      " WHERE t.status IS NOT 'posted' OR m.account NOT IN (t.from_account, t.to_account)"};
  return first_of(db, queries);
}

finding check_keys(SQLite::Database& db) {
  static constexpr const char* queries[] = {
      "SELECT 'the idempotency key ' || key || ' of ' || caller || ' refers to no object'"
      " FROM idempotency i WHERE NOT EXISTS (SELECT 1 FROM transfers WHERE id = i.object)"
      " AND NOT EXISTS (SELECT 1 FROM open_transfers WHERE id = i.object)"
      " AND NOT EXISTS (SELECT 1 FROM accounts WHERE id = i.object)"
      " AND NOT EXISTS (SELECT 1 FROM standing_orders WHERE id = i.object)"
      " AND i.answer IS NULL"};  // a group's key leads to its answer, a claim to another table
  return first_of(db, queries);
}

}  // namespace bank::storage
