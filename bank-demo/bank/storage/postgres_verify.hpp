#pragma once

#include "bank/storage/postgres_database.hpp"
#include "bank/storage/sqlite_verify.hpp"

namespace bank::storage {

/// Walks the books in a PostgreSQL database in one snapshot, also beside a node that runs, and
/// checks what `verify_sqlite_ledger` does, but for what the server's own keys and references hold.
/// Fails with the context's error if that ends. Throws startup_error if the database can't be
/// reached, or has not this version's schema.
lifeline::ledger::result<verification> verify_postgres_ledger(const lifeline::context& ctx,
                                                              const std::string& url,
                                                              const on_verify_progress& progress);

}  // namespace bank::storage
