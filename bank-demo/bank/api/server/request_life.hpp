#pragma once

#include <algorithm>
#include <optional>

#include "lifeline/context/context.hpp"

namespace bank::api {

/// How long a write waits past its context's end for the processor's answer about its outcome. The
/// sweep that ends the wait comes every half of it, so the half is used as the limit.
inline constexpr lifeline::duration outcome_wait = std::chrono::milliseconds(100);
inline constexpr lifeline::duration sweep_period = outcome_wait / 2;

/// The contexts of a running request. `ctx` is for the work. `outcome_context` ends with it, but
/// for a write a little later: until then the processor may still report the outcome.
class request_life {
 public:
  void begin(const lifeline::context& root, lifeline::time_point deadline, bool write) {
    outcome_by_ = deadline + sweep_period;
    if (write) {
      outcome_.emplace(lifeline::with_cancel(root));
      own_.emplace(lifeline::with_deadline(outcome_->ctx(), deadline));
    } else {
      own_.emplace(lifeline::with_deadline(root, deadline));
    }
  }
  void end() noexcept {
    own_.reset();
    outcome_.reset();
  }

  const lifeline::context& ctx() const noexcept { return own_->ctx(); }
  const lifeline::context& outcome_context() const noexcept {
    return outcome_ ? outcome_->ctx() : own_->ctx();
  }

  /// The client hung up, or the server wants to stop.
  void cancel(lifeline::time_point now) noexcept {
    if (!own_) return;
    own_->cancel();
    outcome_by_ = std::min(outcome_by_, now + sweep_period);
  }
  /// As `cancel`, without waiting for the outcome.
  void abandon() noexcept {
    if (own_) own_->cancel();
    if (outcome_) outcome_->cancel();
  }
  void sweep(lifeline::time_point now) noexcept {
    if (outcome_ && now >= outcome_by_) outcome_->cancel();
  }

 private:
  std::optional<lifeline::cancel_scope> outcome_;
  std::optional<lifeline::cancel_scope> own_;
  lifeline::time_point outcome_by_{};
};

}  // namespace bank::api
