#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "bank/node/configuration.hpp"
#include "bank/node/exit_status.hpp"
#include "lifeline/ledger/money.hpp"

namespace bank::node {

/// What `bank-node import` was asked for.
struct import_request {
  std::string folder;  ///< with accounts.csv, transactions.csv and perhaps closing_balances.csv
  lifeline::ledger::currency unit;
  std::int64_t overdraft_limit = 0;
  std::string owner;  ///< empty: one named for the import
};

/// Brings recorded books into the data folder, which no node may be using: the same rows under the
/// same identifiers as the job `import`, so that either finds what the other has done. Results go
/// to `out`, progress and refused rows to `err`. Exit status 0: every row is in, and each account
/// holds what its books close with; 1: not so. SIGINT or SIGTERM calls it off (4): the books are
/// whole, and the same command goes on. Throws storage::startup_error where it can't begin.
exit_status import_books(const configuration& c, const import_request& r, std::ostream& out,
                         std::ostream& err);

}  // namespace bank::node
