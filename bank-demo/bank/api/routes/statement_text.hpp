#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lifeline/ledger/ledger_reader.hpp"

// Writes a statement as JSON or as CSV to the end of a string, whole or in parts.

namespace bank::api {

/// Sums of credits and debits; nothing once a sum exceeds the range of amounts.
struct statement_totals {
  std::optional<std::int64_t> credits = 0;
  std::optional<std::int64_t> debits = 0;
  std::size_t credit_count = 0;
  std::size_t debit_count = 0;

  void add(const lifeline::ledger::transfer_record& t, const lifeline::ledger::account_id& account);
};

/// A statement without its rows: its account, its span, and the balances before and after.
struct statement_frame {
  lifeline::ledger::account_record account;
  lifeline::wall_time from{};  ///< first moment of the span
  lifeline::wall_time to{};    ///< first moment after it
  std::int64_t opening = 0;
  std::int64_t closing = 0;
  statement_totals totals = {};
};

enum class statement_format { json, csv };

void append_statement_start(std::string& out, const statement_frame& s, statement_format f);
void append_statement_row(std::string& out, const statement_frame& s,
                          const lifeline::ledger::history_row& row, bool is_first,
                          statement_format f);
void append_statement_end(std::string& out, const statement_frame& s, statement_format f);

/// A statement, its account and its span.
struct dated_statement {
  lifeline::ledger::account_record account;
  lifeline::wall_time from{};  ///< first moment of the span
  lifeline::wall_time to{};    ///< first moment after it
  lifeline::ledger::statement content;
};

void append_statement(std::string& out, const dated_statement& s);

/// RFC 4180: a header, CRLF, quotes where needed. One row for the opening balance, one per
/// transfer, one for the closing balance; amounts in minor units and as decimals.
void append_statement_csv(std::string& out, const dated_statement& s);

}  // namespace bank::api
