#pragma once

#include <string_view>

#include "bank/api/http/request.hpp"
#include "bank/api/http/request_values.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::api {

/// One line per request at debug level, and at warn for what is the node's fault.
bool wants_log(unsigned status) noexcept;
void log_request(const request& r, std::string_view request_id, const identity* caller,
                 unsigned status, lifeline::duration took, bool hung_up);

}  // namespace bank::api
