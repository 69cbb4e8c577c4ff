#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>

#include "bank/api/http/problem.hpp"
#include "lifeline/context/context.hpp"

namespace bank::api {

struct request_context;

/// Makes the next part of a body, within the context; empty: the body is complete.
using next_part =
    std::function<boost::asio::awaitable<result<std::string>>(const lifeline::context&)>;

/// The answer's body follows its head in parts, each made when the client has taken the one before.
/// So an answer of any length needs the memory of one part. `x` lives until the last part. The
/// connection ends with the body; a client sees by the chunked coding (RFC 9112, 7.1) whether it is
/// complete.
void stream_body(request_context& x, next_part next);

}  // namespace bank::api
