#pragma once

#include "bank/api/routes/router.hpp"

namespace bank::api {

handled live(request_context& x);
handled ready(request_context& x);
handled openapi(request_context& x);
boost::asio::awaitable<handled> get_money(request_context& x);

/// Serves the `openapi.json` of the build.
std::string_view openapi_text() noexcept;

}  // namespace bank::api
