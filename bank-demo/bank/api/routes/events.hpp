#pragma once

#include <boost/asio/awaitable.hpp>

#include "bank/api/routes/router.hpp"

namespace bank::api {

boost::asio::awaitable<handled> follow_events(exchange& x);
boost::asio::awaitable<handled> open_websocket(exchange& x);

}  // namespace bank::api
