#pragma once

#include <filesystem>
#include <memory>

#include "bank/storage/ledger_store.hpp"

namespace bank::storage {

/// The ledger in a SQLite file, which is created if missing and migrated to the newest schema. One
/// connection for writing, one for `fence` and `find_batch`, and one per concurrent read. Each is
/// reopened after an error, so the store recovers with its disk. Throws startup_error if the file
/// can't be opened, is damaged, or has a newer schema than this program.
std::unique_ptr<ledger_store> open_sqlite_ledger(const std::filesystem::path& file);

}  // namespace bank::storage
