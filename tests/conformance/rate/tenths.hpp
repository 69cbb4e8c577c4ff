#pragma once

#include "lifeline/guards/token_bucket.hpp"

namespace lifeline::guards::testing {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr duration tenth = milliseconds(100);
constexpr token_rate per_tenth = token_rate::per_second(10);

/// `tenths` tenths of a second after the start.
constexpr time_point t(int tenths) { return time_point(hours(1)) + tenths * tenth; }

}  // namespace lifeline::guards::testing
