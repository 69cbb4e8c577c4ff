#pragma once

#include <string>
#include <string_view>

#include "bank/json/document.hpp"

namespace bank::json {

/// The value as text without white space, members ordered by name: equal values give equal texts.
void append_canonical(std::string& out, const value& v);

/// SHA-256, in hexadecimal, of a route and the canonical body of its request.
std::string request_digest(std::string_view route, const value& body);

}  // namespace bank::json
