#pragma once

#include "bank/api/routes/router.hpp"

namespace bank::api {

boost::asio::awaitable<handled> create_job(exchange& x);
boost::asio::awaitable<handled> list_jobs(exchange& x);
boost::asio::awaitable<handled> get_job(exchange& x);
boost::asio::awaitable<handled> cancel_job(exchange& x);

}  // namespace bank::api
