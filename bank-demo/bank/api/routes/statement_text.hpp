#pragma once

#include <string>

#include "lifeline/ledger/ledger_store.hpp"

// A statement as JSON and as CSV, appended to a string.

namespace bank::api {

/// A statement with what it is about.
struct dated_statement {
  lifeline::ledger::account_record account;
  lifeline::wall_time from{};  ///< the first moment of the span
  lifeline::wall_time to{};    ///< the first moment after it
  lifeline::ledger::statement content;
};

void append_statement(std::string& out, const dated_statement& s);

/// RFC 4180: a header, CRLF, fields quoted where they must be. A row for the opening balance, one
/// for each transfer, one for the closing balance; amounts as minor units and as decimals.
void append_statement_csv(std::string& out, const dated_statement& s);

}  // namespace bank::api
