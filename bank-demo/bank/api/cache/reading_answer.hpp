#pragma once

#include <boost/asio/awaitable.hpp>

#include "bank/api/cache/account_reading.hpp"
#include "bank/api/http/problem.hpp"
#include "bank/api/routes/router.hpp"
#include "bank/api/server/exchange.hpp"

namespace bank::api {

/// Answers a read of an account, out of the cache if the node has one, else from the store; 404 if
/// there is no such account or the caller may not see it.
boost::asio::awaitable<handled> answer_reading(exchange& x, reading_key key);

/// Does `If-None-Match` name this tag, weakly compared (RFC 9110, 13.1.2)?
bool names_tag(const std::optional<std::string>& header, std::string_view tag);

/// Gives an answer of 200 that bears no tag one, by its content, and makes of it a 304 if the
/// client has this already.
void make_conditional(exchange& x);

}  // namespace bank::api
