#pragma once

#include <boost/asio/awaitable.hpp>

#include "bank/api/cache/account_reading.hpp"
#include "bank/api/http/problem.hpp"
#include "bank/api/routes/router.hpp"
#include "bank/api/server/request_context.hpp"

namespace bank::api {

/// Answers a read of an account from the cache if the node has one, else from the store. 404 if the
/// account does not exist or the caller may not see it.
boost::asio::awaitable<handled> answer_reading(request_context& x, reading_key key);

}  // namespace bank::api
