#pragma once

#include <filesystem>
#include <optional>

#include "lifeline/ledger/journal_store.hpp"

namespace bank::storage {

/// Free bytes needed in a store's folder; less counts as a full disk.
constexpr std::uint64_t least_free_bytes = std::uint64_t{512} * 1024;

/// Why the folder of `file` can't be written to, as the file system reports: it is read-only, or
/// has less than `least_free_bytes` free for this user. Does not see quotas.
std::optional<lifeline::ledger::write_obstacle> find_disk_obstacle(
    const std::filesystem::path& file);

/// Allocates `least_free_bytes` in the folder and frees them. Returns 0 or an errno; sees quotas
/// and file size limits, too.
int try_to_allocate(const std::filesystem::path& folder) noexcept;

}  // namespace bank::storage
