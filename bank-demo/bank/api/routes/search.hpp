#pragma once

#include "bank/api/routes/router.hpp"

namespace bank::api {

/// All types side by side; one that misses its share of the deadline is left out and named.
boost::asio::awaitable<handled> search(request_context& x);

}  // namespace bank::api
