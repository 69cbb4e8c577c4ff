#pragma once

#include <cstdint>
#include <string>

#include "bank/api/http/problem.hpp"
#include "bank/books/books.hpp"
#include "bank/json/document.hpp"
#include "lifeline/ledger/values/money.hpp"
#include "lifeline/ledger/values/uuid.hpp"

namespace bank::api {

/// Recorded books to import as accounts and transfers.
struct import_parameters {
  books::book_files files;
  lifeline::ledger::currency unit;
  std::int64_t overdraft_limit = 0;  ///< of each account
  std::string owner;                 ///< of all accounts; empty: an owner named after the import
};

/// Reads `{"files":{"accounts.csv":TEXT,…},"currency":…,"overdraft_limit"?,"owner"?}`, without
/// parsing the files.
result<import_parameters> read_import_parameters(const json::value& given);

/// Parses the books; an error becomes a problem of the parameter that contains the file.
result<books::recorded_books> read_imported_books(const import_parameters& p);

/// Identifies the import: a digest of all that its rows are made from. Closing balances are left
/// out, because they only check the import.
lifeline::ledger::uuid import_digest(const import_parameters& p);

/// The parameters as JSON, as `read_import_parameters` reads them.
std::string import_text(const import_parameters& p);

/// The parameters as shown to clients, as canonical JSON: each file's size and digest replace its
/// text. Two imports with equal results are equal.
std::string import_summary(const import_parameters& p);

}  // namespace bank::api
