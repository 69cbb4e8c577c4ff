#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "bank/node/configuration.hpp"
#include "bank/node/exit_status.hpp"
#include "lifeline/ledger/values/money.hpp"

namespace bank::node {

/// The arguments of `bank-node import`.
struct import_request {
  std::string folder;  ///< accounts.csv, transactions.csv and optionally closing_balances.csv
  lifeline::ledger::currency unit;
  std::int64_t overdraft_limit = 0;
  std::string owner;  ///< empty: derived from the import's digest
};

/// Imports recorded books into the data folder; no node may be running. It uses the same
/// identifiers as the job `import`, so that each finds the other's rows. Results go to `out`,
/// progress and refused rows to `err`. Exit status 0: every row is in, and each account has its
/// closing balance; 1: a row was refused or a balance differs; 4: cancelled by SIGINT, SIGTERM or
/// SIGHUP. A cancelled import leaves the ledger whole; the same command continues it. Throws
/// storage::startup_error if it can't start.
exit_status import_books(const configuration& c, const import_request& r, std::ostream& out,
                         std::ostream& err);

}  // namespace bank::node
