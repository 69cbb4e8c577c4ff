#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bank::api {

/// What is wrong with a cursor that `read_cursor` refuses.
inline constexpr const char* wrong_cursor =
    "the cursor is invalid, or belongs to another list or other filters; start without a cursor";

/// Opaque text for the start of the next page. `scope` names the list and its filters: a cursor of
/// one list is refused by another.
std::string make_cursor(std::string_view scope, std::string_view place);
/// The place; nothing if the text is no cursor of this list.
std::optional<std::string> read_cursor(std::string_view scope, std::string_view text);

}  // namespace bank::api
