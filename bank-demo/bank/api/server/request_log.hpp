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

/// One line per request at debug level, and at warn for what is the node's fault or was slow. Of
/// what the client sent it bears method and path, and nothing else: no query, no body, no token.
bool wants_log(const answered_request& r, bool is_slow) noexcept;
/// ` trace_id=… request_id=…`, for the end of every line that is written while a request is served:
/// with these it is found again. The request's id stands last: the client chose it, and can say
/// nothing behind it that counts.
std::string log_fields(const lifeline::trace_parent& trace, std::string_view request_id);
std::string log_fields(const request_context& x);
void log_request(const answered_request& r, bool is_slow);

}  // namespace bank::api
