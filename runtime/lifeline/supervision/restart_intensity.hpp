#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

#include "lifeline/time/clock.hpp"

namespace lifeline {

/// At most `restarts` within any `period`; one more, and the supervisor gives up.
struct restart_limit {
  std::size_t restarts = 5;
  duration period = std::chrono::seconds(30);
};

/// Counts the restarts of a supervisor, of all its children together, as Erlang's does. A value
/// without a clock.
class restart_intensity {
 public:
  explicit restart_intensity(const restart_limit& limit) : limit_(limit) {}

  /// One more restart is wanted: false if it would be one too many. One that is exactly a period
  /// old still counts.
  bool allows(time_point now);

 private:
  restart_limit limit_;
  std::deque<time_point> recent_;
};

}  // namespace lifeline
