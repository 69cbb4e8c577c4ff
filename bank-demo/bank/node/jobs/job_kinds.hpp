#pragma once

#include <functional>
#include <map>
#include <string>

#include "bank/node/import/import_bank.hpp"
#include "bank/storage/files/job_files.hpp"
#include "bank/storage/sqlite/verify.hpp"
#include "lifeline/ledger/ledger_reader.hpp"
#include "lifeline/work/job_pool.hpp"

namespace bank::node {

/// Verifies the store's ledger; see `storage::verify_sqlite_ledger`.
using books_verifier = std::function<lifeline::ledger::result<storage::verification>(
    const lifeline::context&, const storage::on_verify_progress&)>;

/// Checks whether the ledger is whole; names the first break.
lifeline::job_function verify_job(books_verifier verify);
/// Checks whether balances, histories, holds and sums agree; see `reconcile`.
lifeline::job_function reconcile_job(lifeline::ledger::ledger_reader& books);
/// An account's statement over a longer span than a request may ask for.
lifeline::job_function statement_job(lifeline::ledger::ledger_reader& books);

/// Imports recorded books, which are kept in a file named by the job's id. An interrupted import
/// continues.
lifeline::job_function import_job(const import_bank& bank, const storage::job_files& files);

/// All kinds except `import`; without a verifier also except `verify`. The store must outlive them.
std::map<std::string, lifeline::job_kind> job_kinds(lifeline::ledger::ledger_reader& books,
                                                    books_verifier verify);

}  // namespace bank::node
