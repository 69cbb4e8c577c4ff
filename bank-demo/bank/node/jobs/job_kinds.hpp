#pragma once

#include <functional>
#include <map>
#include <string>

#include "bank/node/import/import_bank.hpp"
#include "bank/storage/job_files.hpp"
#include "bank/storage/sqlite_verify.hpp"
#include "lifeline/ledger/ledger_store.hpp"
#include "lifeline/work/job_pool.hpp"

namespace bank::node {

/// Walks the store's books; see `storage::verify_sqlite_ledger`.
using books_verifier = std::function<lifeline::ledger::result<storage::verification>(
    const lifeline::context&, const storage::on_verify_progress&)>;

/// Whether the books are whole, or where their first break is.
lifeline::job_function verify_job(books_verifier verify);
/// Whether balances, histories, holds and sums agree; see `reconciliation`.
lifeline::job_function reconcile_job(lifeline::ledger::ledger_store& books);
/// An account's transfers in a span of time, longer than a request may ask for.
lifeline::job_function statement_job(lifeline::ledger::ledger_store& books);

/// Recorded books, kept for it in a file of its id, into accounts and transfers; one that was cut
/// off goes on where it was.
lifeline::job_function import_job(const import_bank& bank, const storage::job_files& files);

/// All kinds but `import`. Without a verifier there is none of the kind `verify`. The store
/// outlives them.
std::map<std::string, lifeline::job_kind> job_kinds(lifeline::ledger::ledger_store& books,
                                                    books_verifier verify);

}  // namespace bank::node
