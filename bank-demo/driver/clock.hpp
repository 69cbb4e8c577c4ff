#pragma once

#include "lifeline/time/clock.hpp"

namespace bank::driver {

inline lifeline::time_point now() { return lifeline::process_clock().now(); }

inline double seconds_since(lifeline::time_point t) {
  return std::chrono::duration<double>(now() - t).count();
}

}  // namespace bank::driver
