#pragma once

#include "lifeline/context/context.hpp"

namespace lifeline {

/// A child of `a`, with its values, that also ends when `b` ends, with `b`'s error and cause,
/// before `b`'s `cancel()` returns. Its deadline is the earlier of the two (if both are on one
/// clock). For work with two owners, such as a request's context and its connection's.
cancel_scope merge(const context& a, const context& b);

}  // namespace lifeline
