#pragma once

#include <filesystem>
#include <optional>

#include "lifeline/ledger/ledger_store.hpp"

namespace bank::storage {

/// So many bytes must be free in the folder of a store: less is a full disk.
constexpr std::uint64_t least_free_bytes = std::uint64_t{512} * 1024;

/// What keeps anything from being written to the folder that `file` is in, as the file system says:
/// it is read-only, or has less than `least_free_bytes` left for this user. Quotas are not seen.
std::optional<lifeline::ledger::write_obstacle> find_disk_obstacle(
    const std::filesystem::path& file);

/// Takes `least_free_bytes` in the folder, and gives them back. 0, or the errno of the failure:
/// quotas and limits of file size are seen, too.
int try_to_allocate(const std::filesystem::path& folder) noexcept;

}  // namespace bank::storage
