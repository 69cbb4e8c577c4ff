#pragma once

#include <system_error>

#include "bank/api/http/problem.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::api {

/// The answer to a request that `lifeline::guards::concurrency_limiter` does not admit. `left`: its
/// time left; `typical`: what such requests take now.
problem not_admitted(std::error_code why, lifeline::duration left, lifeline::duration typical);

}  // namespace bank::api
