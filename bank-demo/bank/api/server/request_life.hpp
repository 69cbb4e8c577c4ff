#pragma once

#include <algorithm>
#include <optional>

#include "lifeline/context/context.hpp"

namespace bank::api {

/// How long a write's coroutine waits past the end of its context for the processor's own word.
/// The sweep that ends the wait comes every half of it, so the half stands for the whole.
inline constexpr lifeline::duration outcome_wait = std::chrono::milliseconds(100);
inline constexpr lifeline::duration sweep_period = outcome_wait / 2;

/// The contexts of a running request. `ctx` is what the work is given. `word` ends with it, but for
/// a write a little later: whoever did the work may say until then what became of it.
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

  /// Nobody waits for the answer any more, or the server wants to stop.
  void cancel(lifeline::time_point now) noexcept {
    if (!own_) return;
    own_->cancel();
    outcome_by_ = std::min(outcome_by_, now + sweep_period);
  }
  /// As `cancel`, and no word is waited for.
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
