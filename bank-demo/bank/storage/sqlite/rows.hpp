#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bank/storage/rules/batch_outcomes.hpp"
#include "bank/storage/sqlite/statement.hpp"
#include "lifeline/ledger/ledger_reader.hpp"

/// The encoding of the ledger's values in SQLite's columns.
namespace bank::storage {

/// Throws SQLite::Exception for an unknown text: the file is damaged.
lifeline::ledger::account_type account_type_of(std::string_view text);
lifeline::ledger::account_status account_status_of(std::string_view text);
lifeline::ledger::transfer_status transfer_status_of(std::string_view text);
lifeline::ledger::currency currency_of(std::string_view text);

/// Columns for `account_of`, from `accounts a` and `balances b`.
inline constexpr const char* account_columns =
    "a.id, a.owner, a.type, b.currency, a.ref, a.status, b.overdraft_limit, b.posted,"
    " b.pending_in, b.pending_out, b.version, a.created_at, b.made_by";
lifeline::ledger::account_record account_of(const sqlite_statement::rows& row);

/// Columns as `entry_in` reads them.
lifeline::ledger::committed_entry entry_of(const sqlite_statement::rows& row);

/// Columns for `transfer_of`, from `transfers t`, `accounts f` (from), `accounts g` (to) and, if
/// there is one, `transfer_details d`.
inline constexpr const char* transfer_columns =
    "t.sequence, t.id, f.id, g.id, t.amount, t.currency, t.kind, t.memo, t.metadata, t.status,"
    " t.reason, t.created_at, t.posted_at, coalesce(d.two_phase, 0), d.expires_in, d.execute_at,"
    " d.reverses, d.held, d.expires_at, coalesce(d.first_sequence, t.sequence)";
/// The same from `open_transfers t`.
inline constexpr const char* open_transfer_columns =
    "t.sequence, t.id, f.id, g.id, t.amount, t.currency, t.kind, t.memo, t.metadata, t.status,"
    " NULL, t.created_at, NULL, t.two_phase, t.expires_in, t.execute_at,"
    " t.reverses, iif(t.status = 'pending', t.amount, NULL), t.expires_at, t.first_sequence";
inline constexpr int columns_after_transfer = 20;
lifeline::ledger::transfer_record transfer_of(const sqlite_statement::rows& row);

}  // namespace bank::storage
