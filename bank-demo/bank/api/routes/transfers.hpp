#pragma once

#include "bank/api/routes/router.hpp"

namespace bank::api {

boost::asio::awaitable<handled> create_transfer(exchange& x);
boost::asio::awaitable<handled> get_transfer(exchange& x);
boost::asio::awaitable<handled> list_transfers(exchange& x);

}  // namespace bank::api
