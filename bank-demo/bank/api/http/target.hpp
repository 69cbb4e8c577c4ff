#pragma once

#include <string>
#include <string_view>

namespace bank::api {

/// Splits a request target, in origin or absolute form (RFC 9112, 3.2), into path and query. The
/// path is normalized (RFC 3986, 6.2.2): unreserved characters are decoded, other percent-encodings
/// stay, dot segments are removed. False if the target has another form or a fragment, or the path
/// contains a '%' that starts no octet.
bool split_target(std::string_view target, std::string& path, std::string& query);

/// Is it a valid `Host` (RFC 9110, 7.2): a host, possibly empty, with or without a port?
bool is_host(std::string_view value);

}  // namespace bank::api
