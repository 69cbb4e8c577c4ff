// An embedder's program that limits its callers, without the bank.

#include <atomic>
#include <cstdio>

#include "lifeline/actor/linked.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/guards/circuit_breaker.hpp"
#include "lifeline/guards/rate_limiter.hpp"

using namespace lifeline;
using namespace lifeline::guards;

struct results {
  std::atomic<int> admitted{0};
  std::atomic<int> heard{0};
};

caf::behavior caller(caf::event_based_actor* self, context ctx, caf::actor limiter, results* r) {
  for (int i = 0; i < 3; ++i)
    ask(self, ctx, limiter, acquire_tokens{.caller = "alice"})
        .then(
            [r](const tokens_answered& a) {
              r->admitted += a.admitted ? 1 : 0;
              ++r->heard;
              r->heard.notify_all();
            },
            [r](errc) {
              ++r->heard;
              r->heard.notify_all();
            });
  return {[](const tokens_answered&) {}};
}

int main() {
  results r;
  runtime rt;
  auto life = with_cancel(rt.background());
  rate_limits_options options;
  options.each = {token_rate::every(std::chrono::hours(1)), 2};
  const auto limiter = spawn_rate_limiter(rt.system(), life.ctx(), options);
  spawn_linked(rt.system(), life.ctx(), caller, life.ctx(), limiter, &r);
  for (int n = r.heard; n != 3; n = r.heard) r.heard.wait(n);
  const bool open = circuit_breaker().admit(life.ctx()).has_value();
  life.cancel();
  const bool well = r.admitted == 2 && open;
  std::puts(well ? "all is well" : "it is not");
  return well ? 0 : 1;
}
