#pragma once

#include <filesystem>
#include <memory>

#include "bank/storage/request_store.hpp"

namespace bank::storage {

/// The request log in a SQLite file of its own: a file has one writer at a time, and the books must
/// not wait for what is written about them. Unlike the books', its commits are not synced: what is
/// lost with the power is the log's last seconds. One connection writes and one reads. Throws
/// startup_error as `open_sqlite_ledger` does.
std::unique_ptr<request_store> open_sqlite_requests(const std::filesystem::path& file);

}  // namespace bank::storage
