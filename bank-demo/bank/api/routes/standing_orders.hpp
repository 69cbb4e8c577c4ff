#pragma once

#include <string>

#include "bank/api/routes/router.hpp"
#include "lifeline/ledger/standing_order.hpp"

namespace bank::api {

boost::asio::awaitable<handled> create_order(exchange& x);
boost::asio::awaitable<handled> list_orders(exchange& x);
boost::asio::awaitable<handled> get_order(exchange& x);
boost::asio::awaitable<handled> delete_order(exchange& x);

/// A standing order as JSON, appended to a string.
void append_order(std::string& out, const lifeline::ledger::standing_order& o);

}  // namespace bank::api
