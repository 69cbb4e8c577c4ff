#include "lifeline/actor/metered.hpp"

#include "lifeline/observe/actor_meter.hpp"

namespace lifeline {

#if LIFELINE_CAF_1

caf::behavior metered(caf::scheduled_actor*, actor_meter*, caf::behavior b) { return b; }

#else

namespace {

/// Sampling counts per thread, not per actor, so that short-lived actors are sampled too.
bool is_in_sample() noexcept {
  thread_local std::uint32_t turn = 0;
  return turn++ % actor_meter::every == 0;
}

class metered_behavior final : public caf::detail::behavior_impl {
 public:
  using result = caf::match_case::result;

  metered_behavior(caf::scheduled_actor* self, actor_meter& meter, pointer inner)
      : behavior_impl(inner->timeout()), self_(self), meter_(meter), inner_(std::move(inner)) {}

  result invoke_empty(caf::detail::invoke_result_visitor& f) override {
    return measured([&] { return inner_->invoke_empty(f); });
  }
  result invoke(caf::detail::invoke_result_visitor& f, caf::type_erased_tuple& xs) override {
    return measured([&] { return inner_->invoke(f, xs); });
  }
  void handle_timeout() override { inner_->handle_timeout(); }

 private:
  template <class F>
  result measured(F call) {
    actor_meter& m = meter_;  // the call may replace this behavior
    m.messages.add();
    if (!is_in_sample()) return call();
    m.depth.observe(static_cast<std::int64_t>(self_->mailbox().queue().total_task_size()));
    const time_point began = m.time.now();
    const result r = call();
    m.handler_time.observe(m.time.now() - began);
    return r;
  }

  caf::scheduled_actor* const self_;
  actor_meter& meter_;
  const pointer inner_;
};

}  // namespace

caf::behavior metered(caf::scheduled_actor* self, actor_meter* meter, caf::behavior b) {
  if (meter == nullptr || !b) return b;
  return caf::behavior(caf::behavior::impl_ptr(
      caf::make_counted<metered_behavior>(self, *meter, b.as_behavior_impl())));
}

#endif

}  // namespace lifeline
