#pragma once

#include <memory>

#include "bank/storage/postgres_database.hpp"
#include "lifeline/ledger/ledger_store.hpp"

namespace bank::storage {

/// The books in a PostgreSQL database that has this version's schema (`open_postgres`). Reads go
/// over the database's pool; commits have a connection of their own, and so have `fence` and
/// `find_batch`, which must not wait behind them. Each is made anew when it breaks, so that the
/// store recovers when its server does. The database may be shared with other stores.
std::unique_ptr<lifeline::ledger::ledger_store> make_postgres_ledger(
    std::shared_ptr<postgres_database> database);

}  // namespace bank::storage
