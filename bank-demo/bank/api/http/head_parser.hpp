#pragma once

#include <string>
#include <string_view>

#include "bank/api/http/problem.hpp"
#include "bank/api/http/request.hpp"

namespace bank::api {

/// What is wrong with a head; `field` is the header at fault, or empty.
struct head_error {
  std::string_view field;
  std::string_view detail;
  api::code code = code::invalid_field;
};

/// Fills `r` from a whole head, its empty line included. False, with the reason, if RFC 9112 calls
/// it malformed, or if two readers could understand it differently: repeated or conflicting
/// Content-Length and Transfer-Encoding, a coding other than chunked, folded lines, or not exactly
/// one valid Host.
bool parse_head(std::string_view head, request& r, head_error& why);

}  // namespace bank::api
