#pragma once

#include <filesystem>
#include <memory>

#include "lifeline/work/job_store.hpp"

namespace bank::storage {

/// Jobs in a SQLite file of their own, so that storing progress never waits for a commit. Throws
/// startup_error like `open_sqlite_ledger`.
std::unique_ptr<lifeline::job_store> open_sqlite_jobs(const std::filesystem::path& file);

}  // namespace bank::storage
