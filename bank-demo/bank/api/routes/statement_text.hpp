#pragma once

#include <string>

#include "lifeline/ledger/ledger_reader.hpp"

// Writes a statement as JSON or as CSV to the end of a string.

namespace bank::api {

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
