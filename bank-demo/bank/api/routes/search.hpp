#pragma once

#include "bank/api/routes/router.hpp"

namespace bank::api {

/// Searches all types concurrently; one that misses its share of the deadline is listed as
/// incomplete.
boost::asio::awaitable<handled> search(request_context& x);

}  // namespace bank::api
