#pragma once

#include <atomic>

#include "lifeline/time/clock.hpp"

namespace lifeline::testing {

/// A timer that counts its calls; its owner may be dying.
class counted_timer : public timer {
 public:
  counted_timer() = default;
  virtual ~counted_timer() = default;

  int expired() const noexcept { return expired_; }
  bool owner_is_dying = false;

 protected:
  void expire() noexcept override { ++expired_; }

 private:
  bool retain() noexcept override { return !owner_is_dying; }
  std::atomic<int> expired_{0};
};

}  // namespace lifeline::testing
