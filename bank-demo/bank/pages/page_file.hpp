#pragma once

#include <span>
#include <string_view>

namespace bank::pages {

/// A file of `bank-demo/pages`, compiled in: the program needs no files at run time. Lives as long
/// as the program.
struct page_file {
  std::string_view path;  ///< URL path
  std::string_view content_type;
  std::string_view tag;  ///< its `ETag`, in quotes
  std::string_view bytes;
};

/// All files, sorted by path.
std::span<const page_file> all_files() noexcept;
/// The file at this path; null if there is none.
const page_file* find_file(std::string_view path) noexcept;

}  // namespace bank::pages
