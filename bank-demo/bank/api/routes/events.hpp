#pragma once

#include <boost/asio/awaitable.hpp>

#include "bank/api/routes/router.hpp"

namespace bank::api {

boost::asio::awaitable<handled> follow_events(request_context& x);
boost::asio::awaitable<handled> open_websocket(request_context& x);

}  // namespace bank::api
