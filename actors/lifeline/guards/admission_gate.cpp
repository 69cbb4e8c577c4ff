#include "lifeline/guards/admission_gate.hpp"

#include <memory>
#include <unordered_map>
#include <utility>

#include "lifeline/actor/linked.hpp"
#include "lifeline/actor/reply.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/actor/tell_when_done.hpp"

namespace lifeline::guards {
namespace detail {

/// The context of a piece of work → gate.
struct work_over {
  std::uint64_t place = 0;
};
template <class Inspector>
auto inspect(Inspector& f, work_over& x) {
  return fields(f, "work_over", x, x.place);
}

/// Time to see whether those who hold others back are still about.
struct look_again {};
template <class Inspector>
auto inspect(Inspector& f, look_again& x) {
  return fields(f, "look_again", x);
}

}  // namespace detail

#if LIFELINE_CAF_1
namespace {
const lifeline::detail::room_types known(
    caf::init_global_meta_objects<caf::id_block::lifeline_admission>);
}
#endif

namespace {

/// Waiting, as long as an answer is wanted; then under way.
struct open_work {
  context ctx;
  reply answer;
  std::shared_ptr<context_watcher> watcher;
};

struct gate_state {
  static constexpr const char* name = "admission_gate";

  context life;
  std::optional<admission> core;
  loss own_losses;
  std::uint64_t last_place = 0;
  std::unordered_map<std::uint64_t, open_work> open;
  std::optional<cancel_scope> pause;  // before the next look, if there is to be one
  std::shared_ptr<context_watcher> pause_watcher;

  time_point now() const { return life.time().now(); }
};
using gate_actor = caf::stateful_actor<gate_state>;

void look_later(gate_actor* self) {
  auto& me = state_of(self);
  if (me.pause || !me.core->holds_back()) return;
  me.pause.emplace(with_timeout(me.life, me.core->look_every()));
  me.pause_watcher = notify_when_done(self, me.pause->ctx(), detail::look_again{});
}

gate_answered refused(refusal why) { return {.refused = static_cast<std::int32_t>(why)}; }

caf::result<gate_answered> enter(gate_actor* self, const context& ctx, const enter_gate& m) {
  auto& me = state_of(self);
  const std::uint64_t place = ++me.last_place;
  const time_point now = me.now();
  const duration remaining = ctx.deadline() ? *ctx.deadline() - now : duration::max();
  const auto decided = me.core->arrive(place, m.caller, remaining, now, m.weight);
  if (decided.what == admission::verdict::refused) return refused(decided.why);
  auto& work = me.open[place];
  work.ctx = ctx;
  work.watcher = notify_when_done(self, ctx, detail::work_over{place});
  if (decided.what == admission::verdict::enters) return gate_answered{.place = place};
  work.answer = reply(self);
  look_later(self);
  return answers_later<gate_answered>();
}

void tell_all(gate_actor* self, const std::vector<admission::told>& all) {
  auto& me = state_of(self);
  for (const auto& one : all) {
    const auto found = me.open.find(one.id);
    const reply answer = std::exchange(found->second.answer, {});
    if (one.why == refusal::none) {
      answer(gate_answered{.place = one.id});
    } else {
      me.open.erase(found);
      answer(refused(one.why));
    }
  }
  look_later(self);
}

void leave(gate_actor* self, const leave_gate& m) {
  auto& me = state_of(self);
  const auto found = me.open.find(m.place);
  if (found == me.open.end() || found->second.answer) return;  // unknown, or it still waits
  me.open.erase(found);
  tell_all(self, me.core->finish(m.place, me.now()));
}

void give_up(gate_actor* self, const detail::work_over& m) {
  auto& me = state_of(self);
  const auto node = me.open.extract(m.place);
  if (!node) return;
  if (node.mapped().answer) node.mapped().answer.fail(node.mapped().ctx.err());
  tell_all(self, me.core->abandon(m.place, me.now()));
}

void look(gate_actor* self) {
  auto& me = state_of(self);
  me.pause.reset();
  tell_all(self, me.core->look(me.now()));
}

gate_status status(gate_actor* self) {
  const admission& core = *state_of(self).core;
  return {.limit = core.limit(),
          .under_way = core.under_way(),
          .waiting = core.waiting(),
          .typical = core.typical().value_or(duration::zero())};
}

caf::behavior run_gate(gate_actor* self, const context& life, const admission_options& options,
                       loss* losses) {
  auto& me = state_of(self);
  me.life = life;
  me.core.emplace(options);
  loss& counted = losses != nullptr ? *losses : me.own_losses;
  return {shed(self, counted,
               [self](const context& ctx, const enter_gate& m) -> caf::result<gate_answered> {
                 return enter(self, ctx, m);
               }),
          shed(self, counted, [self](const context&, const ask_gate&) { return status(self); }),
          // Not shed: the place is to be freed, whatever became of the request.
          [self](const context&, const leave_gate& m) { leave(self, m); },
          [self](const detail::work_over& m) { give_up(self, m); },
          [self](detail::look_again) { look(self); }};
}

}  // namespace

caf::actor spawn_admission_gate(caf::actor_system& system, const context& life,
                                const admission_options& options, loss* losses) {
  admission check(options);  // throws if they can't be
  return spawn_linked(system, life, run_gate, life, options, losses);
}

}  // namespace lifeline::guards
