#pragma once

#include <chrono>
#include <string_view>

#include "bank/api/routes/router.hpp"

namespace bank::api {

// What the node tells about itself, to those who run it.

boost::asio::awaitable<handled> scrape_metrics(exchange& x);
boost::asio::awaitable<handled> get_overview(exchange& x);
boost::asio::awaitable<handled> get_actors(exchange& x);
boost::asio::awaitable<handled> get_config(exchange& x);
boost::asio::awaitable<handled> get_requests(exchange& x);
boost::asio::awaitable<handled> get_errors(exchange& x);
boost::asio::awaitable<handled> get_node_history(exchange& x);

/// `90`, `90s`, `15m`, `24h` or `7d`: from a second to 31 days.
std::optional<std::chrono::seconds> parse_window(std::string_view text) noexcept;

}  // namespace bank::api
