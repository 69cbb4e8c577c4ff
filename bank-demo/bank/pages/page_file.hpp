#pragma once

#include <span>
#include <string_view>

namespace bank::pages {

/// A file of the pages in `bank-demo/pages`, compiled in, so that the program needs none of them
/// where it runs. Lives as long as the program.
struct page_file {
  std::string_view path;  ///< where it is served
  std::string_view content_type;
  std::string_view tag;  ///< of its content, in quotes, as `ETag` has it
  std::string_view bytes;
};

/// All of them, sorted by path.
std::span<const page_file> all_files() noexcept;
/// The one that is served at this path; null if there is none.
const page_file* find_file(std::string_view path) noexcept;

}  // namespace bank::pages
