#pragma once

#include <memory>

#include "bank/storage/postgres/database.hpp"
#include "bank/storage/request_store.hpp"

namespace bank::storage {

/// The request log in tables of the ledger's database. A batch takes one statement per table; its
/// transaction does not wait for the disk (`synchronous_commit = off`).
std::unique_ptr<request_store> make_postgres_requests(std::shared_ptr<postgres_database> database);

}  // namespace bank::storage
