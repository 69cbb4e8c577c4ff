#pragma once

#include <memory>

#include "bank/storage/ledger_store.hpp"
#include "bank/storage/postgres/database.hpp"

namespace bank::storage {

/// The ledger in a PostgreSQL database with this version's schema (`open_postgres`). Reads use the
/// database's pool. Commits have a connection of their own; `fence` and `find_batch` have another
/// one, because they must not wait for commits. A broken connection is replaced, so the store
/// recovers with its server. The database may be shared with other stores.
std::unique_ptr<ledger_store> make_postgres_ledger(std::shared_ptr<postgres_database> database);

}  // namespace bank::storage
