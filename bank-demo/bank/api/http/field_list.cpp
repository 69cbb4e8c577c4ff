#include "bank/api/http/field_list.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>

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

bool lists_token(std::string_view list, std::string_view token) noexcept {
  while (const auto element = next_element(list))
    if (boost::beast::iequals(*element, token)) return true;
  return false;
}

}  // namespace bank::api
