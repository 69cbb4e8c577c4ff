// A kitchen that is crashed on purpose. Two cooks restart and fail together under a supervisor of
// their own. The waiter beside them is not affected and reaches the cook that runs at the time.
// When the cooks exceed their restart limit, their supervisor gives up, and the one above restarts
// it.

#include <atomic>
#include <cstdio>
#include <string>

#include "lifeline/actor/message.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/supervision/supervisor.hpp"

using namespace lifeline;
using namespace std::chrono_literals;

struct explode {
  int unused = 0;
};
LIFELINE_MESSAGE(explode);

/// Counts events, so that main can wait for them.
class story {
 public:
  void tell(const supervision_event& e) {
    std::printf("  %s: %s %s\n", e.supervisor.c_str(), e.child.c_str(),
                std::string(to_string(e.what)).c_str());
    ++events_;
    events_.notify_all();
  }
  void wait_for(int more) {
    expected_ += more;
    for (int n = events_; n < expected_; n = events_) events_.wait(n);
  }

 private:
  std::atomic<int> events_{0};
  int expected_ = 0;
};

caf::behavior work(caf::event_based_actor* self) {
  return {[self](const explode&) { self->quit(to_caf(errc::broken_promise)); }};
}

child_spec working(std::string name, const child_ref& ref) {
  child_spec spec;
  spec.policy.name = std::move(name);
  spec.start = [](const incarnation& me) { return me.supervisor()->spawn(work); };
  spec.ref = ref;
  return spec;
}

int main() {
  runtime rt;
  story told;
  auto life = with_cancel(rt.background());
  supervisor_options options;
  options.path = "kitchen";
  options.policy.backoff = {10ms, 10ms, 1, 0, 30s};
  options.policy.limit = {1, 30s};  // at most one restart in 30 s
  options.on_event = [&](const supervision_event& e) { told.tell(e); };

  child_ref grill;
  child_ref oven;
  child_ref waiter;
  supervisor_options together = options;
  together.policy.strategy = restart_strategy::one_for_all;
  child_spec cooks = supervisor_child("cooks", life.ctx(), together,
                                      {working("grill", grill), working("oven", oven)});

  std::puts("the kitchen opens");
  const caf::actor top =
      spawn_supervisor(rt.system(), life.ctx(), options, {cooks, working("waiter", waiter)});
  told.wait_for(4);

  std::puts("the oven explodes");
  oven.tell_from_outside(explode{});
  told.wait_for(4);

  std::puts("the grill explodes, beyond the restart limit");
  grill.tell_from_outside(explode{});
  told.wait_for(7);

  std::puts("the kitchen closes");
  life.cancel();
  told.wait_for(4);
}
