#include "bank/pages/page_file.hpp"

#include <algorithm>

namespace bank::pages {

const page_file* find_file(std::string_view path) noexcept {
  const auto all = all_files();
  const auto found = std::lower_bound(all.begin(), all.end(), path,
                                      [](const page_file& f, auto p) { return f.path < p; });
  return found != all.end() && found->path == path ? &*found : nullptr;
}

}  // namespace bank::pages
