#pragma once

#include <string>

#include "bank/api/routes/router.hpp"
#include "lifeline/ledger/values/standing_order.hpp"

namespace bank::api {

boost::asio::awaitable<handled> create_order(request_context& x);
boost::asio::awaitable<handled> list_orders(request_context& x);
boost::asio::awaitable<handled> get_order(request_context& x);
boost::asio::awaitable<handled> delete_order(request_context& x);

/// A standing order as JSON, appended to a string.
void append_order(std::string& out, const lifeline::ledger::standing_order& o);

}  // namespace bank::api
