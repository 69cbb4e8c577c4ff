#include "bank/storage/postgres/verify_source.hpp"

#include "bank/storage/postgres/columns.hpp"
#include "bank/storage/postgres/cursor.hpp"

namespace bank::storage {

namespace {

/// Due times, reversals and the objects of keys; the schema's keys and references guarantee the
/// rest.
constexpr row_check all_checks[] = {
    {"transfers",
     "SELECT 'transfer ' || id || ' is open, but has a wrong due time' FROM transfers"
     " WHERE status IN ('scheduled', 'pending') AND (due_at IS DISTINCT FROM"
     " CASE status WHEN 'scheduled' THEN execute_at ELSE expires_at END"
     " OR (status = 'scheduled' AND execute_at IS NULL))"},
    {"transfers",
     "SELECT 'transfer ' || r.sequence || ' reverses a transfer that is not posted'"
     " FROM transfers r LEFT JOIN transfers t ON t.id = r.reverses"
     " WHERE r.reverses IS NOT NULL"
     " AND (t.status IS DISTINCT FROM 'posted' OR t.sequence >= r.sequence)"},
    {"transfers",
     "SELECT 'transfer ' || r.sequence || ' does not reverse the whole transfer'"
     " FROM transfers r JOIN transfers t ON t.id = r.reverses"
     " WHERE r.amount <> t.amount OR r.from_account <> t.to_account"
     " OR r.to_account <> t.from_account"},
    {"transfers",
     "SELECT 'entry ' || e.sequence || ' is not between the first and the last entry of its "
     "transfer'"
     " FROM transfer_entries e JOIN transfers t ON t.id = e.transfer"
     " WHERE e.sequence NOT BETWEEN t.first_sequence AND t.sequence"},
    // A group's key leads to its answer, a claim to another table.
    {"keys",
     "SELECT 'the idempotency key ' || key || ' of ' || caller || ' refers to no object'"
     " FROM idempotency i WHERE NOT EXISTS (SELECT 1 FROM transfers WHERE id = i.object)"
     " AND NOT EXISTS (SELECT 1 FROM accounts WHERE id = i.object)"
     " AND NOT EXISTS (SELECT 1 FROM standing_orders WHERE id = i.object)"
     " AND i.answer IS NULL"}};

std::string rows_from(const char* columns, const char* from) {
  return std::string("SELECT ") + columns + from;
}

const verify_queries queries{
    .end = "SELECT epoch, last_sequence, ms_of(last_at), head, 1 FROM ledger",
    .accounts = rows_from(
        postgres_account_columns,
        ", greatest((SELECT coalesce(max(sequence), 0) FROM transfers WHERE from_account = a.id"
        " AND status = 'posted'), (SELECT coalesce(max(sequence), 0) FROM transfers"
        " WHERE to_account = a.id AND status = 'posted')) FROM accounts a"),
    .ends = rows_from(postgres_transfer_columns,
                      ", t.from_balance_after, t.to_balance_after, NULL, NULL FROM transfers t"
                      " WHERE t.status NOT IN ('scheduled', 'pending') ORDER BY t.sequence"),
    // As requested: a transfer that was posted in part no longer has its requested amount.
    .openings =
        "SELECT e.sequence, t.id, t.from_account, t.to_account, coalesce(t.held, t.amount),"
        " t.currency, t.kind, t.memo, t.metadata, e.kind, NULL, ms_of(t.created_at), NULL,"
        " t.two_phase::int, t.expires_in, ms_of(t.execute_at), t.reverses, NULL,"
        " ms_of(t.expires_at), t.first_sequence,"
        " EXISTS (SELECT 1 FROM occurrences p WHERE p.sequence = e.sequence)::int"
        " FROM transfer_entries e JOIN transfers t ON t.id = e.transfer ORDER BY e.sequence",
    .account_entries =
        "SELECT e.sequence, ms_of(e.at), e.kind, e.overdraft_limit, a.id, a.owner, a.type,"
        " a.currency, a.ref, ms_of(a.created_at) FROM account_entries e"
        " JOIN accounts a ON a.id = e.account ORDER BY e.sequence",
    .open_ones = rows_from(postgres_transfer_columns,
                           " FROM transfers t WHERE t.status IN ('scheduled', 'pending')"
                           " ORDER BY t.id"),
    .batches =
        "SELECT b.epoch, b.number, b.first_sequence, b.last_sequence, b.outcomes,"
        " ms_of(b.at), b.hash, ms_of(greatest(b.at, f.floor)) FROM batches b"
        " LEFT JOIN time_floors f ON f.epoch = b.epoch ORDER BY b.epoch, b.number",
    .orders = rows_from(postgres_order_columns,
                        ", f.currency, g.currency FROM standing_orders o"
                        " JOIN accounts f ON f.id = o.from_account"
                        " JOIN accounts g ON g.id = o.to_account ORDER BY o.number"),
    .occurrences =
        "SELECT p.standing_order, p.place, p.sequence, e.kind, e.transfer, ms_of(t.execute_at),"
        " t.first_sequence, coalesce(t.held, t.amount), t.currency, t.from_account, t.to_account,"
        " t.memo FROM occurrences p JOIN transfer_entries e ON e.sequence = p.sequence"
        " JOIN transfers t ON t.id = e.transfer ORDER BY p.standing_order, p.place",
    .checks = all_checks};

}  // namespace

verify_source postgres_verify_source(postgres_session& s) {
  return {queries, [&s, n = 0](const std::string& query) mutable {
            return std::make_unique<rows_of<postgres_cursor>>(s, "rows_" + std::to_string(++n),
                                                              query);
          }};
}

}  // namespace bank::storage
