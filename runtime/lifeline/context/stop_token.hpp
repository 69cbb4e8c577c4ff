#pragma once

#include <stop_token>

#include "lifeline/context/context.hpp"

namespace lifeline {

/// For code that knows `std::stop_token` and not contexts: one on which stop is requested when
/// `ctx` ends, before `cancel()` returns. Callbacks registered with it run on the canceller's
/// thread, or the clock's, and must be short. Each call costs a little memory until `ctx` ends:
/// call it once per piece of work, on a context that ends with it. A root gives a token that can't
/// be stopped.
std::stop_token stop_token_of(const context& ctx);

}  // namespace lifeline
