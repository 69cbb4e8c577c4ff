#pragma once

#include <future>

#include "bank/api/limits/rate_guard.hpp"
#include "lifeline/supervision/supervisor.hpp"

namespace bank::api::testing {

/// A rate guard with a supervision tree of its own for its limiter, as in the node.
/// Outlives the server that uses it.
class standing_limits {
 public:
  standing_limits(lifeline::runtime& rt, const rate_limit_options& how)
      : guard_(rt, how), life_(with_cancel(rt.background())) {
    std::promise<void> started;
    lifeline::supervisor_options options;
    options.on_started = [&started] { started.set_value(); };
    spawn_supervisor(rt.system(), life_.ctx(), options, {guard_.limiter()});
    started.get_future().wait();
  }
  const rate_guard* guard() const noexcept { return &guard_; }

 private:
  rate_guard guard_;
  lifeline::cancel_scope life_;
};

}  // namespace bank::api::testing
