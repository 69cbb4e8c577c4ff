#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

#include "lifeline/time/clock.hpp"

namespace lifeline {

/// At most `restarts` within any `period`; at one more, the supervisor gives up.
struct restart_limit {
  std::size_t restarts = 5;
  duration period = std::chrono::seconds(30);
};

/// Counts all restarts of a supervisor's children together, as Erlang does. Takes times as
/// arguments; has no clock.
class restart_intensity {
 public:
  explicit restart_intensity(const restart_limit& limit) : limit_(limit) {}

  /// Counts one more restart; false if it exceeds the limit. A restart exactly one period old still
  /// counts.
  bool allows(time_point now);

 private:
  restart_limit limit_;
  std::deque<time_point> recent_;
};

}  // namespace lifeline
