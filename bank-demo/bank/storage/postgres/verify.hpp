#pragma once

#include "bank/storage/postgres/database.hpp"
#include "bank/storage/rules/verify.hpp"

namespace bank::storage {

/// Verifies the ledger in a PostgreSQL database in one snapshot, also while a node runs. Fails with
/// the context's error if that ends. Throws startup_error if the database can't be reached or does
/// not have this version's schema.
lifeline::ledger::result<verification> verify_postgres_ledger(const lifeline::context& ctx,
                                                              const std::string& url,
                                                              const on_verify_progress& progress);

}  // namespace bank::storage
