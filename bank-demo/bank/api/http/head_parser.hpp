#pragma once

#include <string>
#include <string_view>

#include "bank/api/http/problem.hpp"
#include "bank/api/http/request.hpp"

namespace bank::api {

/// What is wrong with a head; `field` is the header's name where it is one header's fault.
struct head_error {
  std::string_view field;
  std::string_view detail;
  api::code code = code::invalid_field;
};

/// Fills `r` from a whole head, its empty line included. Gives false, and says why, for what
/// RFC 9112 calls malformed and for everything that two readers could take in two ways: repeated or
/// conflicting Content-Length and Transfer-Encoding, a coding other than chunked, folded lines,
/// several Hosts or none, or one that is no host.
bool parse_head(std::string_view head, request& r, head_error& why);

}  // namespace bank::api
