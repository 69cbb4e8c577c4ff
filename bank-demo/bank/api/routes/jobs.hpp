#pragma once

#include "bank/api/routes/router.hpp"

namespace bank::api {

boost::asio::awaitable<handled> create_job(request_context& x);
boost::asio::awaitable<handled> list_jobs(request_context& x);
boost::asio::awaitable<handled> get_job(request_context& x);
boost::asio::awaitable<handled> cancel_job(request_context& x);

}  // namespace bank::api
