#pragma once

#include <stop_token>

#include "lifeline/context/context.hpp"

namespace lifeline {

/// A `std::stop_token` for code that does not know contexts. Stop is requested when `ctx` ends,
/// before `cancel()` returns. Its callbacks run on the canceller's or the clock's thread and must
/// be short. Each call uses a little memory until `ctx` ends, so call it once per piece of work, on
/// a context that ends with it. For a root, the token is never stopped.
std::stop_token stop_token_of(const context& ctx);

}  // namespace lifeline
