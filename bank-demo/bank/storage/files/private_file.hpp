#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace bank::storage {

/// Writes a file that only its owner can read (mode 0600), completely or not at all: under another
/// name first, then renamed. Replaces an existing file. Throws startup_error that says what to do.
void write_private_file(const std::filesystem::path& file, std::string_view text);

/// The file's text without trailing white space; empty if there is no such file. Throws
/// storage::startup_error if it can't be read.
std::optional<std::string> read_private_file(const std::filesystem::path& file);

}  // namespace bank::storage
