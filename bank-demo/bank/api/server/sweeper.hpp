#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "lifeline/time/clock.hpp"

namespace bank::api {

/// Calls a function periodically, on the clock's thread, until stopped. One per I/O thread replaces
/// a timer per connection.
class sweeper final : public lifeline::timer, public std::enable_shared_from_this<sweeper> {
 public:
  sweeper(lifeline::clock& time, lifeline::duration every, std::function<void()> tick)
      : time_(time), every_(every), tick_(std::move(tick)) {}

  void start() { time_.arm(*this, time_.now() + every_); }
  /// After it returns the function does not run and will not.
  void stop();

 private:
  bool retain() noexcept override;
  void expire() noexcept override;

  lifeline::clock& time_;
  const lifeline::duration every_;
  std::function<void()> tick_;
  std::shared_ptr<sweeper> retained_;
  std::mutex mutex_;
  bool stopped_ = false;
};

}  // namespace bank::api
