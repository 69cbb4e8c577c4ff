#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "lifeline/context/context.hpp"

namespace bank::storage {

/// Called with copied and total pages.
using on_backup_progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Copies the ledger in `from` as of one moment into the new file `to`, also while a node runs,
/// without blocking it. The copy is readable by this user only, synced, and gets its name when
/// complete; a failure leaves no partial file. False if the context ended first. Throws
/// startup_error, also if `to` exists.
bool back_up_sqlite(const lifeline::context& ctx, const std::filesystem::path& from,
                    const std::filesystem::path& to, const on_backup_progress& progress);

}  // namespace bank::storage
