#pragma once

#include <filesystem>
#include <memory>

#include "lifeline/ledger/ledger_store.hpp"

namespace bank::storage {

/// The books in a SQLite file, created if there is none and brought to the newest schema. One write
/// connection, another for `fence` and `find_batch`, and as many for reading as there are reads at
/// one time. Each is opened anew after an error, so that a store recovers when its disk does.
/// Throws startup_error if the file can't be opened, is damaged, or is newer than this program.
std::unique_ptr<lifeline::ledger::ledger_store> open_sqlite_ledger(
    const std::filesystem::path& file);

}  // namespace bank::storage
