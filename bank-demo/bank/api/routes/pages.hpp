#pragma once

#include "bank/api/routes/router.hpp"

namespace bank::api {

/// A file of the pages, by its path. What a browser may do with it is said in its fields: nothing
/// from elsewhere, nothing inline, in nobody's frame.
handled page(request_context& x);

}  // namespace bank::api
