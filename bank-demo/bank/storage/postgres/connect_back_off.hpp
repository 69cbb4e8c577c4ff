#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "lifeline/time/clock.hpp"

namespace bank::storage {

/// Back-off for connections to a server: 50 ms after a failure, doubling each time up to 500 ms.
/// All pools of one server share it: after one success all may connect. Safe from any thread.
class connect_back_off {
 public:
  /// The last failure, if the next attempt is not due yet; else empty.
  std::optional<std::string> too_soon(lifeline::time_point now) const;
  void connected(lifeline::time_point now);
  /// Records a failed attempt, unless another one has succeeded since it began. Concurrent failures
  /// count once.
  void failed(lifeline::time_point began, lifeline::time_point now, std::string why);

 private:
  mutable std::mutex mutex_;
  lifeline::duration pause_{};
  lifeline::time_point next_try_{};
  lifeline::time_point last_made_{};
  lifeline::time_point last_failed_{};
  std::string why_;
};

}  // namespace bank::storage
