#include "lifeline/guards/breaker_desk.hpp"

#include <memory>
#include <unordered_map>
#include <utility>

#include "lifeline/actor/linked.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/actor/tell_when_done.hpp"

namespace lifeline::guards {
namespace detail {

/// A permit's context → desk.
struct permit_over {
  std::uint64_t permit = 0;
};
template <class Inspector>
auto inspect(Inspector& f, permit_over& x) {
  return fields(f, "permit_over", x, x.permit);
}

}  // namespace detail

#if LIFELINE_CAF_1
namespace {
const lifeline::detail::room_types known(
    caf::init_global_meta_objects<caf::id_block::lifeline_circuit_breaker>);
}
#endif

namespace {

struct open_permit {
  context ctx;
  guarded_call call;
  std::shared_ptr<context_watcher> watcher;
};

struct desk_state {
  static constexpr const char* name = "breaker_desk";

  std::optional<circuit_breaker> breaker;
  loss own_losses;
  std::uint64_t last_permit = 0;
  std::unordered_map<std::uint64_t, open_permit> open;
};
using desk_actor = caf::stateful_actor<desk_state>;

permit_answered give_permit(desk_actor* self, const context& ctx) {
  auto& me = state_of(self);
  auto call = me.breaker->admit(ctx);
  if (!call) return {.retry_after = me.breaker->retry_after()};
  const std::uint64_t permit = ++me.last_permit;
  me.open.emplace(permit, open_permit{ctx, std::move(*call),
                                      notify_when_done(self, ctx, detail::permit_over{permit})});
  return {.permit = permit};
}

void report(desk_actor* self, const report_call& m) {
  const auto node = state_of(self).open.extract(m.permit);
  if (node) m.succeeded ? node.mapped().call.succeeded() : node.mapped().call.failed();
}

void end_permit(desk_actor* self, const detail::permit_over& m) {
  const auto node = state_of(self).open.extract(m.permit);
  if (node) node.mapped().call.ended(node.mapped().ctx.err());
}

caf::result<circuit_status> tell(desk_actor* self, const ask_circuit& m) {
  const circuit_breaker& breaker = *state_of(self).breaker;
  if (m.force > static_cast<std::int32_t>(circuit::forced_closed))
    return to_caf(errc::broken_promise);
  if (m.force >= 0) breaker.force(static_cast<circuit>(m.force));
  const call_counts counts = breaker.counts();
  return circuit_status{.state = static_cast<std::int32_t>(breaker.state()),
                        .successes = counts.successes,
                        .failures = counts.failures,
                        .probing = breaker.probing(),
                        .retry_after = breaker.retry_after()};
}

caf::behavior run_desk(desk_actor* self, const circuit_breaker& breaker, loss* losses) {
  auto& me = state_of(self);
  me.breaker = breaker;
  loss& counted = losses != nullptr ? *losses : me.own_losses;
  return {shed(self, counted,
               [self](const context& ctx, const ask_permit&) { return give_permit(self, ctx); }),
          shed(self, counted, [self](const context&, const report_call& m) { report(self, m); }),
          shed(self, counted,
               [self](const context&, const ask_circuit& m) -> caf::result<circuit_status> {
                 return tell(self, m);
               }),
          [self](const detail::permit_over& m) { end_permit(self, m); }};
}

}  // namespace

caf::actor spawn_breaker_desk(caf::actor_system& system, const context& life,
                              const circuit_breaker& breaker, loss* losses) {
  return spawn_linked(system, life, run_desk, breaker, losses);
}

}  // namespace lifeline::guards
