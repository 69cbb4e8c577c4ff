#pragma once

#include <filesystem>
#include <memory>

#include "bank/storage/request_store.hpp"

namespace bank::storage {

/// The request log in a SQLite file of its own, because a file has one writer at a time and the
/// ledger must not wait for the log. Its commits are not synced: a power failure loses the last
/// seconds of the log. One connection writes and one reads. Throws startup_error like
/// `open_sqlite_ledger`.
std::unique_ptr<request_store> open_sqlite_requests(const std::filesystem::path& file);

}  // namespace bank::storage
