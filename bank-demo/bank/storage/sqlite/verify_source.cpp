#include "bank/storage/sqlite/verify_source.hpp"

#include "bank/storage/sqlite/order_rows.hpp"
#include "bank/storage/sqlite/rows.hpp"
#include "bank/storage/sqlite/transfer_finder.hpp"

namespace bank::storage {

namespace {

/// The file, unique identifiers (without their indexes), links between rows, due times, reversals
/// and the objects of keys.
constexpr row_check all_checks[] = {
    {"file",
     "SELECT 'the file is damaged: ' || integrity_check FROM pragma_integrity_check(1)"
     " WHERE integrity_check <> 'ok'"},
    {"identifiers",
     "SELECT 'account ' || lower(hex(id)) || ' is stored twice' FROM accounts"
     " GROUP BY id HAVING count(*) > 1"},
    {"identifiers",
     "SELECT 'transfer ' || lower(hex(id)) || ' is stored twice' FROM transfers"
     " GROUP BY id HAVING count(*) > 1"},
    {"identifiers",
     "SELECT 'transfer ' || lower(hex(id)) || ' is stored twice, open and ended'"
     " FROM open_transfers o WHERE EXISTS (SELECT 1 FROM transfers t WHERE t.id = o.id)"},
    {"identifiers",
     "SELECT 'ref ' || ref || ' is stored twice' FROM accounts WHERE ref IS NOT NULL"
     " GROUP BY ref, owner HAVING count(*) > 1"},
    {"identifiers",
     "SELECT 'key ' || key || ' is stored twice' FROM idempotency"
     " GROUP BY caller, key HAVING count(*) > 1"},
    {"references",
     "SELECT 'row ' || coalesce(rowid, 0) || ' of ' || \"table\" || ' refers to a missing row of '"
     " || parent FROM pragma_foreign_key_check"},
    {"references",
     "SELECT 'entry ' || sequence || ' belongs to a missing transfer' FROM transfer_entries"
     " WHERE transfer NOT IN (SELECT id FROM transfers)"
     " AND transfer NOT IN (SELECT id FROM open_transfers)"},
    {"entries",
     "SELECT 'an account without a balance row, or a balance row without an account'"
     " WHERE (SELECT count(*) FROM accounts) <> (SELECT count(*) FROM balances)"},
    // A first entry has exactly its two accounts.
    {"transfers",
     "SELECT 'entry ' || e.sequence || ' is not linked from both its accounts'"
     " FROM transfer_entries e LEFT JOIN open_transfers o ON o.id = e.transfer"
     " LEFT JOIN transfers t ON t.id = e.transfer"
     " LEFT JOIN transfer_details d ON d.sequence = t.sequence"
     " WHERE coalesce(o.first_sequence, d.first_sequence) = e.sequence"
     " AND (SELECT count(*) FROM transfer_openings p WHERE p.sequence = e.sequence AND p.account"
     "  IN (coalesce(o.from_account, t.from_account), coalesce(o.to_account, t.to_account))) <> 2"},
    {"transfers",
     "SELECT 'there are ' || (SELECT count(*) FROM transfer_openings) || ' openings, but ' || n"
     " || ' transfers were opened' FROM (SELECT (SELECT count(*) FROM open_transfers) +"
     "  (SELECT count(*) FROM transfer_details WHERE first_sequence <> sequence) AS n)"
     " WHERE (SELECT count(*) FROM transfer_openings) <> 2 * n"},
    {"transfers",
     "SELECT 'transfer ' || lower(hex(id)) || ' is open, but has a wrong due time'"
     " FROM open_transfers"
     " WHERE due_at IS NOT iif(status = 'scheduled', execute_at, expires_at)"
     " OR (status = 'scheduled' AND execute_at IS NULL)"},
    {"transfers",
     "SELECT 'transfer ' || d.sequence || ' reverses a transfer that is not posted'"
     " FROM transfer_details d LEFT JOIN transfers t ON t.id = d.reverses"
     " WHERE d.reverses IS NOT NULL"
     " AND (t.status IS NOT 'posted' OR t.sequence >= d.sequence)"},
    {"transfers",
     "SELECT 'transfer ' || d.sequence || ' does not reverse the whole transfer'"
     " FROM transfer_details d JOIN transfers r ON r.sequence = d.sequence"
     " JOIN transfers t ON t.id = d.reverses"
     " WHERE r.amount <> t.amount OR r.from_account <> t.to_account"
     " OR r.to_account <> t.from_account"},
    {"transfers",
     "SELECT 'transfer ' || lower(hex(reverses)) || ' is reversed twice' FROM"
     " (SELECT reverses FROM transfer_details"
     "  UNION ALL SELECT reverses FROM open_transfers)"
     " WHERE reverses IS NOT NULL GROUP BY reverses HAVING count(*) > 1"},
    {"histories",
     "SELECT 'the history mark at ' || m.sequence || ' is not at a transfer of its account'"
     " FROM history_marks m LEFT JOIN transfers t ON t.sequence = m.sequence"
     " WHERE t.status IS NOT 'posted' OR m.account NOT IN (t.from_account, t.to_account)"},
    // A group's key leads to its answer, a claim to another table.
    {"keys",
     "SELECT 'the idempotency key ' || key || ' of ' || caller || ' refers to no object'"
     " FROM idempotency i WHERE NOT EXISTS (SELECT 1 FROM transfers WHERE id = i.object)"
     " AND NOT EXISTS (SELECT 1 FROM open_transfers WHERE id = i.object)"
     " AND NOT EXISTS (SELECT 1 FROM accounts WHERE id = i.object)"
     " AND NOT EXISTS (SELECT 1 FROM standing_orders WHERE id = i.object)"
     " AND i.answer IS NULL"}};

/// Values that a transfer's end has changed are still in its details.
constexpr const char* select_openings =
    "SELECT e.sequence, e.transfer, f.id, g.id, coalesce(o.amount, d.held, t.amount),"
    " coalesce(o.currency, t.currency), coalesce(o.kind, t.kind),"
    " iif(o.id IS NULL, t.memo, o.memo),"
    " coalesce(o.metadata, t.metadata), e.kind, NULL, coalesce(o.created_at, t.created_at), NULL,"
    " coalesce(o.two_phase, d.two_phase), iif(o.id IS NULL, d.expires_in, o.expires_in),"
    " iif(o.id IS NULL, d.execute_at, o.execute_at), iif(o.id IS NULL, d.reverses, o.reverses),"
    " NULL, iif(o.id IS NULL, d.expires_at, o.expires_at),"
    " coalesce(o.first_sequence, d.first_sequence, t.sequence),"
    " EXISTS (SELECT 1 FROM occurrences p WHERE p.sequence = e.sequence)"
    " FROM transfer_entries e LEFT JOIN open_transfers o ON o.id = e.transfer"
    " LEFT JOIN transfers t ON t.id = e.transfer"
    " LEFT JOIN transfer_details d ON d.sequence = t.sequence"
    " JOIN accounts f ON f.number = coalesce(o.from_account, t.from_account)"
    " JOIN accounts g ON g.number = coalesce(o.to_account, t.to_account) ORDER BY e.sequence";

const verify_queries queries{
    .end = "SELECT epoch, last_sequence, last_at, head, chain_begins FROM ledger",
    .accounts = std::string("SELECT ") + account_columns +
                ", b.last_transfer FROM accounts a JOIN balances b ON b.account = a.number",
    .ends = select_transfer(", t.from_balance_after, t.to_balance_after, t.from_previous,"
                            " t.to_previous",
                            "1 ORDER BY t.sequence"),
    .openings = select_openings,
    .account_entries =
        "SELECT e.sequence, e.at, e.kind, e.overdraft_limit, a.id, a.owner, a.type, b.currency,"
        " a.ref, a.created_at FROM account_entries e JOIN accounts a ON a.number = e.account"
        " JOIN balances b ON b.account = a.number ORDER BY e.sequence",
    .open_ones = select_open_transfer("1 ORDER BY t.id"),
    .batches =
        "SELECT b.epoch, b.number, b.first_sequence, b.last_sequence, b.outcomes, b.at,"
        " b.hash, max(b.at, coalesce(f.floor, b.at)) FROM batches b"
        " LEFT JOIN time_floors f ON f.epoch = b.epoch ORDER BY b.epoch, b.number",
    .orders = select_order("1 ORDER BY o.number",
                           ", (SELECT currency FROM balances WHERE account = f.number),"
                           " (SELECT currency FROM balances WHERE account = g.number)"),
    .occurrences =
        "SELECT p.standing_order, p.place, p.sequence, e.kind, e.transfer,"
        " coalesce(o.execute_at, d.execute_at), coalesce(o.first_sequence, d.first_sequence),"
        " coalesce(o.amount, d.held, t.amount), coalesce(o.currency, t.currency), f.id, g.id,"
        " coalesce(o.memo, t.memo)"
        " FROM occurrences p LEFT JOIN transfer_entries e ON e.sequence = p.sequence"
        " LEFT JOIN open_transfers o ON o.id = e.transfer"
        " LEFT JOIN transfers t ON t.id = e.transfer"
        " LEFT JOIN transfer_details d ON d.sequence = t.sequence"
        " LEFT JOIN accounts f ON f.number = coalesce(o.from_account, t.from_account)"
        " LEFT JOIN accounts g ON g.number = coalesce(o.to_account, t.to_account)"
        " ORDER BY p.standing_order, p.place",
    .checks = all_checks};

/// A statement of its own and its rows.
class sqlite_cursor {
 public:
  sqlite_cursor(SQLite::Database& db, const std::string& query) : statement_(db, query) {}

  bool next() { return rows_.next(); }
  const sqlite_statement::rows& row() const noexcept { return rows_; }

 private:
  sqlite_statement statement_;
  sqlite_statement::rows rows_ = statement_.query();
};

}  // namespace

verify_source sqlite_verify_source(SQLite::Database& db) {
  return {queries, [&db](const std::string& query) {
            return std::make_unique<rows_of<sqlite_cursor>>(db, query);
          }};
}

}  // namespace bank::storage
