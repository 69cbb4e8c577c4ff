#pragma once

#include <algorithm>
#include <optional>

#include "lifeline/context/context.hpp"

namespace bank::api {

/// How long a write's coroutine waits past the end of its context for the processor's own word.
/// The sweep that ends the wait comes every half of it, so the half stands for the whole.
inline constexpr lifeline::duration word_wait = std::chrono::milliseconds(100);
inline constexpr lifeline::duration sweep_period = word_wait / 2;

/// The contexts of a running request. `ctx` is what the work is given. `word` ends with it, but for
/// a write a little later: whoever did the work may say until then what became of it.
class request_life {
 public:
  void begin(const lifeline::context& root, lifeline::time_point deadline, bool write) {
    word_by_ = deadline + sweep_period;
    if (write) {
      word_.emplace(lifeline::with_cancel(root));
      own_.emplace(lifeline::with_deadline(word_->ctx(), deadline));
    } else {
      own_.emplace(lifeline::with_deadline(root, deadline));
    }
  }
  void end() noexcept {
    own_.reset();
    word_.reset();
  }

  const lifeline::context& ctx() const noexcept { return own_->ctx(); }
  const lifeline::context& word() const noexcept { return word_ ? word_->ctx() : own_->ctx(); }

  /// Nobody waits for the answer any more, or the server wants to stop.
  void cancel(lifeline::time_point now) noexcept {
    if (!own_) return;
    own_->cancel();
    word_by_ = std::min(word_by_, now + sweep_period);
  }
  /// As `cancel`, and no word is waited for.
  void abandon() noexcept {
    if (own_) own_->cancel();
    if (word_) word_->cancel();
  }
  void sweep(lifeline::time_point now) noexcept {
    if (word_ && now >= word_by_) word_->cancel();
  }

 private:
  std::optional<lifeline::cancel_scope> word_;
  std::optional<lifeline::cancel_scope> own_;
  lifeline::time_point word_by_{};
};

}  // namespace bank::api
