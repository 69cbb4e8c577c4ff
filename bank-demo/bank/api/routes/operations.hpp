#pragma once

#include "bank/api/routes/router.hpp"

namespace bank::api {

handled live(exchange& x);
handled ready(exchange& x);
handled openapi(exchange& x);
boost::asio::awaitable<handled> get_money(exchange& x);

/// `openapi.json` as it was when the program was built.
std::string_view openapi_text() noexcept;

}  // namespace bank::api
