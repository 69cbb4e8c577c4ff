#include "bank/api/http/field_list.hpp"

#include <algorithm>

namespace bank::api {

std::optional<std::string_view> next_element(std::string_view& list) noexcept {
  while (!list.empty()) {
    std::string_view element = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), element.size() + 1));
    const std::size_t begin = element.find_first_not_of(" \t");
    if (begin == std::string_view::npos) continue;
    return element.substr(begin, element.find_last_not_of(" \t") - begin + 1);
  }
  return std::nullopt;
}

bool same_text(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

bool lists_token(std::string_view list, std::string_view token) noexcept {
  while (const auto element = next_element(list))
    if (same_text(*element, token)) return true;
  return false;
}

}  // namespace bank::api
