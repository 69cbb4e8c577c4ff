#pragma once

#include <optional>
#include <string_view>

namespace bank::api {

/// Takes the next element off a list of tokens with commas between them (RFC 9110, 5.6.1), without
/// the white space around it. Empty elements are skipped; nothing: the list is at its end.
std::optional<std::string_view> next_element(std::string_view& list) noexcept;

/// Does the list hold this token, in whatever case?
bool lists_token(std::string_view list, std::string_view token) noexcept;

}  // namespace bank::api
