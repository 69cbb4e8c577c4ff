#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "lifeline/time/clock.hpp"

namespace bank::storage {

/// When a server that could not be reached is tried again: after 50 ms, twice as long each time,
/// half a second at most. All pools that lead to one server share it: as soon as anybody got
/// through, all may try. Safe from any thread.
class connect_back_off {
 public:
  /// Why the last attempt failed, if it is too soon for another.
  std::optional<std::string> too_soon(lifeline::time_point now) const;
  void connected(lifeline::time_point now);
  /// Holds others back, unless one has got through since this attempt began; attempts that fail
  /// together count once.
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
