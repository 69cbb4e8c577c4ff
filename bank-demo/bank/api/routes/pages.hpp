#pragma once

#include "bank/api/routes/router.hpp"

namespace bank::api {

/// A file of the pages, by its path. Its headers restrict the browser: nothing from other origins,
/// nothing inline, no frames.
handled page(request_context& x);

}  // namespace bank::api
