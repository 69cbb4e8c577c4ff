#pragma once

#include <string_view>

#include "bank/api/http/request.hpp"
#include "bank/api/http/request_values.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::api {

struct answered_request;

/// One line per request at debug level, and at warn for what is the node's fault or was slow. Of
/// what the client sent it bears method and path, and nothing else: no query, no body, no token.
bool wants_log(unsigned status, bool is_slow) noexcept;
void log_request(const answered_request& r, bool is_slow);

}  // namespace bank::api
