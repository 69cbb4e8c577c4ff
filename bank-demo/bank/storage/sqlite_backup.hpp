#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "lifeline/context/context.hpp"

namespace bank::storage {

/// Pages copied, of how many.
using on_backup_progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Copies the books in `from`, as they are at one moment, into the new file `to`, also beside a
/// node that runs: it neither waits nor is waited for. The copy is readable by this user only,
/// synced, and appears under its name when it is whole; whatever goes wrong, no half file is left.
/// False if the context ended first. Throws startup_error, also if there is a file `to` already.
bool back_up_sqlite(const lifeline::context& ctx, const std::filesystem::path& from,
                    const std::filesystem::path& to, const on_backup_progress& progress);

}  // namespace bank::storage
