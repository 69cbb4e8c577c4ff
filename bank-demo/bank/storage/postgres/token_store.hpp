#pragma once

#include <memory>

#include "bank/storage/postgres/database.hpp"
#include "bank/storage/token_store.hpp"

namespace bank::storage {

/// Tokens in a database with this version's schema (`open_postgres`).
std::unique_ptr<token_store> make_postgres_tokens(std::shared_ptr<postgres_database> database);

}  // namespace bank::storage
