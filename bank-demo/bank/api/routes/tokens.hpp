#pragma once

#include "bank/api/routes/router.hpp"

namespace bank::api {

boost::asio::awaitable<handled> create_token(exchange& x);
boost::asio::awaitable<handled> list_tokens(exchange& x);
boost::asio::awaitable<handled> revoke_token(exchange& x);

}  // namespace bank::api
