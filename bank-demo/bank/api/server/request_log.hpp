#pragma once

#include <string>
#include <string_view>

#include "bank/api/http/request.hpp"
#include "bank/api/http/request_values.hpp"
#include "lifeline/observe/trace_parent.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::api {

struct answered_request;
struct request_context;

/// One line per request: at debug level, at warn for the node's faults and slow requests. From the
/// client it contains method and path only: no query, no body, no token.
bool wants_log(const answered_request& r, bool is_slow) noexcept;
/// ` trace_id=… request_id=…`, the end of every line logged for a request, to find it by. The
/// request id is last: the client chose it, and nothing it adds can pass for another field.
std::string log_fields(const lifeline::trace_parent& trace, std::string_view request_id);
std::string log_fields(const request_context& x);
void log_request(const answered_request& r, bool is_slow);

}  // namespace bank::api
