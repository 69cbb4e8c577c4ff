#pragma once

#include <chrono>
#include <string_view>

#include "bank/api/routes/router.hpp"

namespace bank::api {

// The node's operations data.

boost::asio::awaitable<handled> scrape_metrics(request_context& x);
boost::asio::awaitable<handled> get_overview(request_context& x);
boost::asio::awaitable<handled> get_actors(request_context& x);
boost::asio::awaitable<handled> get_config(request_context& x);
boost::asio::awaitable<handled> get_requests(request_context& x);
boost::asio::awaitable<handled> get_errors(request_context& x);
boost::asio::awaitable<handled> get_node_history(request_context& x);

/// `90`, `90s`, `15m`, `24h` or `7d`: from a second to 31 days.
std::optional<std::chrono::seconds> parse_window(std::string_view text) noexcept;

}  // namespace bank::api
