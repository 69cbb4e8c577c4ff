#pragma once

#include "bank/api/routes/router.hpp"

namespace bank::api {

boost::asio::awaitable<handled> create_token(request_context& x);
boost::asio::awaitable<handled> list_tokens(request_context& x);
boost::asio::awaitable<handled> revoke_token(request_context& x);

}  // namespace bank::api
