#pragma once

#include <string>
#include <string_view>

namespace bank::api {

/// Is it UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF?
bool is_utf8(std::string_view s) noexcept;

/// The text itself if it is UTF-8, else with U+FFFD for every byte that is not ASCII: what a client
/// sent may be shown in an answer, which must be UTF-8 whatever was sent.
std::string as_utf8(std::string_view s);

}  // namespace bank::api
