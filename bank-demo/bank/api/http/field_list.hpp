#pragma once

#include <optional>
#include <string_view>

namespace bank::api {

/// Takes the next element of a comma-separated list (RFC 9110, 5.6.1), without surrounding white
/// space. Skips empty elements; nothing at the list's end.
std::optional<std::string_view> next_element(std::string_view& list) noexcept;

/// Are they equal, apart from the case of ASCII letters?
bool same_text(std::string_view a, std::string_view b) noexcept;

/// Does the list contain this token, in any case?
bool lists_token(std::string_view list, std::string_view token) noexcept;

}  // namespace bank::api
