#pragma once

#include <string>
#include <string_view>

namespace bank::api {

/// Splits a request's target, in origin form or absolute form (RFC 9112, 3.2), into the path and
/// the query. The path becomes normal (RFC 3986, 6.2.2): unreserved characters stand for
/// themselves, the others keep their percent-encoding, and there are no dot segments. False if the
/// target has another form or a fragment, or the path a '%' that begins no octet.
bool split_target(std::string_view target, std::string& path, std::string& query);

/// Can it be the value of `Host` (RFC 9110, 7.2)? A host, which may be empty, with or without a
/// port.
bool is_host(std::string_view value);

}  // namespace bank::api
