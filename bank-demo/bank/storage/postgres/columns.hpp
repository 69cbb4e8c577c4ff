#pragma once

/// PostgreSQL's columns for `record_rows.hpp`.
namespace bank::storage {

/// From `accounts a`.
inline constexpr const char* postgres_account_columns =
    "a.id, a.owner, a.type, a.currency, a.ref, a.status, a.overdraft_limit, a.posted, a.pending_in,"
    " a.pending_out, a.version, ms_of(a.created_at), a.made_by";
/// From `transfers t`.
inline constexpr const char* postgres_transfer_columns =
    "t.sequence, t.id, t.from_account, t.to_account, t.amount, t.currency, t.kind, t.memo,"
    " t.metadata, t.status, t.reason, ms_of(t.created_at), ms_of(t.posted_at), t.two_phase::int,"
    " t.expires_in, ms_of(t.execute_at), t.reverses, t.held, ms_of(t.expires_at),"
    " t.first_sequence";
/// From `standing_orders o`.
inline constexpr const char* postgres_order_columns =
    "o.number, o.id, o.seed, o.from_account, o.to_account, o.amount, o.currency, o.memo, o.every,"
    " ms_of(o.first_at), ms_of(o.last_at), o.made, ms_of(o.next_at), ms_of(o.created_at),"
    " ms_of(o.deleted_at)";

}  // namespace bank::storage
