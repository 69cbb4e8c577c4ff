#include "lifeline/supervision/supervisor.hpp"

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "lifeline/actor/linked.hpp"
#include "lifeline/actor/reply.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/actor/tell_when_done.hpp"
#include "lifeline/observe/loss.hpp"

namespace lifeline {
namespace detail {

/// Child → supervisor: it is ready.
struct child_ready {
  incarnation_id incarnation = 0;
};
LIFELINE_MESSAGE(child_ready);

/// A dying child's thread → supervisor.
struct child_down {
  incarnation_id incarnation = 0;
  bool normal = false;
  std::string reason;
};
LIFELINE_MESSAGE(child_down);

/// Timer → supervisor: something is due.
struct supervision_due {
  std::uint64_t timer = 0;
};
LIFELINE_MESSAGE(supervision_due);

#if LIFELINE_CAF_1
namespace {
const room_types known(caf::init_global_meta_objects<caf::id_block::lifeline_supervision>);
}
#endif

/// One child as the supervisor holds it. If the supervisor was killed, its destructor kills the
/// child.
struct held_child {
  child_spec spec;
  caf::strong_actor_ptr actor;
  caf::actor_addr last;  ///< stays when the child has ended
  incarnation_id incarnation = 0;
  std::optional<cancel_scope> life;
  reply adding;
  std::vector<reply> removing;

  explicit held_child(child_spec s) : spec(std::move(s)) {}
  held_child(const held_child&) = delete;
  held_child& operator=(const held_child&) = delete;
  ~held_child() { kill(); }

  void publish(caf::actor who) const {
    child_ref_setter(spec.ref).set(incarnation, std::move(who));
  }
  /// Ends the context of the run and drops the child.
  void release() {
    child_ref_setter(spec.ref).clear(incarnation);
    life.reset();
    actor = nullptr;
  }
  void kill() {
    if (life) life->cancel();
    exit_first(actor, caf::exit_reason::kill);
  }
};

struct supervisor {
  supervisor_options options;
  context root;  ///< of timers and runs: outlasts the context that ends the supervisor
  std::optional<supervision_plan> plan;
  std::map<child_id, held_child> children;
  loss losses;
  std::deque<supervision_action> actions;
  bool performing = false;
  std::optional<time_point> armed_for;
  std::uint64_t timer = 0;
  std::optional<cancel_scope> time_limit;
  std::shared_ptr<context_watcher> limit_watcher;

  static constexpr const char* name = "supervisor";
};

}  // namespace detail

namespace {

using detail::child_down;
using detail::child_ready;
using detail::held_child;
using detail::supervision_due;
using actor_type = caf::stateful_actor<detail::supervisor>;

void perform(actor_type* self, supervision_actions actions);

bool is_normal(const caf::error& why) {
  return !why || why == caf::exit_reason::user_shutdown || why == to_caf(errc::canceled);
}

std::string reason_of(const caf::error& why) {
  if (!why) return "normal";
  if (why == caf::exit_reason::user_shutdown) return "user_shutdown";
  if (why == caf::exit_reason::kill) return "killed";
  for (const errc e : {errc::canceled, errc::deadline_exceeded, errc::broken_promise,
                       errc::unreachable, errc::overloaded})
    if (why == to_caf(e)) return std::string(to_string(e));
  return text_of(why);
}

/// Attached to a child: reports its end, first to senders through its `child_ref`.
void report_end(actor_type* self, const held_child& child, const caf::actor& who) {
  who->attach_functor([supervisor = caf::actor_cast<caf::strong_actor_ptr>(self),
                       ref = child_ref_setter(child.spec.ref),
                       number = child.incarnation](const caf::error& why) {
    ref.clear(number);
    put(supervisor, nullptr, caf::make_message_id(), nullptr,
        child_down{number, is_normal(why), reason_of(why)});
  });
}

void report_started(actor_type* self, held_child& child) {
  auto& me = state_of(self);
  if (!me.plan->awaits(child.incarnation)) return;
  child.publish(caf::actor_cast<caf::actor>(child.actor));
  perform(self, me.plan->started(child.incarnation, me.root.time().now()));
}

void report_failed(actor_type* self, held_child& child, std::string reason) {
  auto& me = state_of(self);
  const auto number = child.incarnation;
  child.release();
  perform(self, me.plan->failed_to_start(number, std::move(reason), me.root.time().now()));
}

caf::actor make(actor_type* self, held_child& child) {
  return child.spec.start(incarnation(self, child.life->ctx(), child.incarnation));
}

// -- actions: one function each ------------------------------------------------------------------

void carry_out(actor_type* self, const action::start_child& o) {
  auto& child = state_of(self).children.at(o.child);
  child.incarnation = o.incarnation;
  child.life.emplace(with_cancel(state_of(self).root));
  try {
    const caf::actor made = make(self, child);
    if (!made) return report_failed(self, child, "its start function returned no actor");
    child.actor = caf::actor_cast<caf::strong_actor_ptr>(made);
    child.last = made.address();
    if (!child.spec.policy.ready_within) report_started(self, child);
    report_end(self, child, made);
  } catch (...) {
    report_failed(self, child, thrown_error().message());
  }
}

void carry_out(actor_type* self, const action::stop_child& o) {
  exit_first(state_of(self).children.at(o.child).actor, caf::exit_reason::user_shutdown);
}

void carry_out(actor_type* self, const action::kill_child& o) {
  state_of(self).children.at(o.child).kill();
}

void carry_out(actor_type* self, const action::abandon_child& o) {
  state_of(self).children.at(o.child).release();
}

void carry_out(actor_type* self, const action::report_first_start& o) {
  std::exchange(state_of(self).children.at(o.child).adding, {})(child_changed{});
}

void carry_out(actor_type* self, const action::drop_child& o) {
  auto& me = state_of(self);
  const auto node = me.children.extract(o.child);
  const auto no = me.plan->stopping() ? child_answer::stopping : child_answer::failed_to_start;
  node.mapped().adding(child_changed{static_cast<std::uint8_t>(no), o.reason});
  for (const reply& removed : node.mapped().removing) removed(child_changed{});
}

void carry_out(actor_type* self, const action::note& o) {
  auto& me = state_of(self);
  me.options.history->append(
      {0, me.root.time().wall_now(), me.options.path, o.child, o.what, o.reason, o.restart_in},
      me.options.on_event);
}

void carry_out(actor_type* self, const action::all_started&) {
  if (const auto& f = state_of(self).options.on_started) f();
}

void carry_out(actor_type* self, const action::finish& o) {
  self->quit(o.failed ? caf::make_error(caf::sec::runtime_error, o.reason)
                      : caf::error(caf::exit_reason::user_shutdown));
}

/// One timer, for the earliest due time.
void arm_timer(actor_type* self) {
  auto& me = state_of(self);
  const auto due = me.plan->next_due();
  if (due == me.armed_for) return;
  me.armed_for = due;
  me.limit_watcher = nullptr;
  me.time_limit.reset();
  if (!due) return;
  me.time_limit.emplace(with_deadline(me.root, *due));
  me.limit_watcher = notify_when_done(self, me.time_limit->ctx(), supervision_due{++me.timer});
}

/// In order: actions that result from an action come after those already given.
void perform(actor_type* self, supervision_actions actions) {
  auto& me = state_of(self);
  for (auto& o : actions) me.actions.push_back(std::move(o));
  if (std::exchange(me.performing, true)) return;
  while (!me.actions.empty()) {
    const auto next = std::move(me.actions.front());
    me.actions.pop_front();
    std::visit([self](const auto& o) { carry_out(self, o); }, next);
  }
  me.performing = false;
  arm_timer(self);
}

// -- events --------------------------------------------------------------------------------------

held_child* child_with(actor_type* self, incarnation_id number) {
  for (auto& [id, child] : state_of(self).children)
    if (child.incarnation == number && child.actor) return &child;
  return nullptr;
}

void on_down(actor_type* self, const child_down& m) {
  auto& me = state_of(self);
  if (held_child* child = child_with(self, m.incarnation)) child->release();
  perform(self, me.plan->exited(m.incarnation, {m.normal, m.reason}, me.root.time().now()));
}

void on_due(actor_type* self, const supervision_due& m) {
  auto& me = state_of(self);
  if (m.timer != me.timer) return;
  me.armed_for.reset();
  perform(self, me.plan->proceed(me.root.time().now()));
}

/// A child spawned with a CAF link sends this too; its end is reported by `report_end`.
void on_exit_message(actor_type* self, const caf::exit_msg& m) {
  auto& me = state_of(self);
  for (const auto& [id, child] : me.children)
    if (m.source && m.source == child.last) return;
  perform(self, me.plan->stop(reason_of(m.reason), me.root.time().now()));
}

/// The id given by the plan; empty if the plan refused the child.
std::optional<child_id> take(actor_type* self, child_spec spec) {
  auto& me = state_of(self);
  const auto id = me.plan->add(spec.policy);
  if (id) me.children.try_emplace(*id, std::move(spec));
  return id;
}

child_changed refusal(child_answer why) { return {static_cast<std::uint8_t>(why), {}}; }

caf::result<child_changed> on_add(actor_type* self, const add_child& m) {
  auto& me = state_of(self);
  const auto id = take(self, *m.spec);
  if (!id) {
    return refusal(me.plan->stopping() ? child_answer::stopping : child_answer::name_taken);
  }
  me.children.at(*id).adding = reply(self);
  perform(self, me.plan->proceed(me.root.time().now()));
  return answers_later<child_changed>();
}

caf::result<child_changed> on_remove(actor_type* self, const remove_child& m) {
  auto& me = state_of(self);
  const auto id = me.plan->find(m.name);
  if (!id) return refusal(child_answer::unknown_child);
  me.children.at(*id).removing.emplace_back(self);
  perform(self, me.plan->remove(*id, me.root.time().now()));
  return answers_later<child_changed>();
}

caf::behavior run_supervisor(actor_type* self, const context& root, supervisor_options options,
                             std::vector<child_spec> children) {
  auto& me = state_of(self);
  me.root = root;
  me.options = std::move(options);
  if (!me.options.history) me.options.history = std::make_shared<supervision_history>();
  me.plan.emplace(me.options.policy, random_engine(me.options.seed));
  handle_exits(self, [self](const caf::exit_msg& m) { on_exit_message(self, m); });
  for (auto& spec : children) take(self, std::move(spec));
  tell(self, caf::actor_cast<caf::strong_actor_ptr>(self), supervision_due{});
  return {
      [self](const child_down& m) { on_down(self, m); },
      [self](const child_ready& m) {
        if (held_child* child = child_with(self, m.incarnation)) report_started(self, *child);
      },
      [self](const supervision_due& m) { on_due(self, m); },
      shed(self, me.losses, [self](const context&, const add_child& m) { return on_add(self, m); }),
      shed(self, me.losses,
           [self](const context&, const remove_child& m) { return on_remove(self, m); }),
  };
}

void check_names(const std::vector<child_spec>& children) {
  std::set<std::string_view> names;
  for (const auto& c : children)
    if (!names.insert(c.policy.name).second)
      throw std::invalid_argument("duplicate child name '" + c.policy.name + "' in one supervisor");
}

}  // namespace

void incarnation::ready() const {
  put(who_hears_, nullptr, caf::make_message_id(), nullptr, child_ready{number_});
}

caf::actor spawn_supervisor(caf::actor_system& system, const context& ctx,
                            supervisor_options options, std::vector<child_spec> children) {
  check_names(children);
  return spawn_linked(system, ctx, run_supervisor, without_cancel(ctx), std::move(options),
                      std::move(children));
}

child_spec supervisor_child(std::string name, const context& ctx, supervisor_options options,
                            std::vector<child_spec> children) {
  check_names(children);
  options.path += '/' + name;
  child_spec spec;
  spec.policy.name = std::move(name);
  spec.policy.shutdown_time = duration::max();
  spec.policy.ready_within = duration::max();
  spec.start = [root = without_cancel(ctx), options = std::move(options),
                children = std::move(children)](const incarnation& me) {
    supervisor_options mine = options;
    mine.on_started = [me, f = options.on_started] {
      if (f) f();
      me.ready();
    };
    return spawn_linked(me.supervisor(), me.life(), run_supervisor, root, std::move(mine),
                        children);
  };
  return spec;
}

}  // namespace lifeline
