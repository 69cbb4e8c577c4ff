#pragma once

#include <filesystem>
#include <memory>

#include "bank/storage/token_store.hpp"

namespace bank::storage {

/// Tokens in a SQLite file of their own, so that writing one never waits for a commit. Throws
/// startup_error like `open_sqlite_ledger`.
std::unique_ptr<token_store> open_sqlite_tokens(const std::filesystem::path& file);

}  // namespace bank::storage
