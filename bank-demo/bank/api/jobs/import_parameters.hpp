#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "bank/api/http/problem.hpp"
#include "bank/books/books.hpp"
#include "lifeline/ledger/money.hpp"
#include "lifeline/ledger/uuid.hpp"

namespace bank::api {

/// Recorded books that are to become accounts and transfers, and of what kind.
struct import_parameters {
  books::book_files files;
  lifeline::ledger::currency unit;
  std::int64_t overdraft_limit = 0;  ///< of each account
  std::string owner;                 ///< of all accounts; empty: one named for the import
};

/// Reads `{"files":{"accounts.csv":TEXT,…},"currency":…,"overdraft_limit"?,"owner"?}`, but does not
/// look into the files.
result<import_parameters> read_import_parameters(const boost::json::object& given);

/// Reads the books; what is wrong with them as a problem of the parameter that the file is.
result<books::recorded_books> read_imported_books(const import_parameters& p);

/// Which import it is: all that decides what its rows become, and no more. Closing balances only
/// check it, so that it stays the same with them or without.
lifeline::ledger::uuid import_digest(const import_parameters& p);

/// The parameters as JSON, to be read again by `read_import_parameters`.
std::string import_text(const import_parameters& p);

/// What is shown of the parameters, as canonical JSON: each file's size and digest stand for its
/// text. Two imports with the same are the same.
std::string import_summary(const import_parameters& p);

}  // namespace bank::api
