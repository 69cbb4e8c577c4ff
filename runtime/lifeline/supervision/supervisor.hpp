#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lifeline/actor/caf.hpp"
#include "lifeline/actor/message.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/supervision/child_ref.hpp"
#include "lifeline/supervision/supervision_history.hpp"
#include "lifeline/supervision/supervision_plan.hpp"

namespace lifeline {

/// The argument of a child's start function: one run of that child.
class incarnation {
 public:
  incarnation(caf::event_based_actor* supervisor, context life, incarnation_id number)
      : supervisor_(supervisor),
        who_hears_(caf::actor_cast<caf::strong_actor_ptr>(supervisor)),
        life_(std::move(life)),
        number_(number) {}

  /// Spawns the child; use it inside the start function only.
  caf::event_based_actor* supervisor() const noexcept { return supervisor_; }
  /// The context of this incarnation: done once it has ended or is killed. Not done when it is told
  /// to exit, so that it can stop in order. Put work under it that must not outlive the child.
  const context& life() const noexcept { return life_; }
  /// Counts up over all children of the supervisor.
  incarnation_id number() const noexcept { return number_; }
  /// For a child with `ready_within`: reports that it has started. Safe from any thread,
  /// repeatedly.
  void ready() const;

 private:
  caf::event_based_actor* supervisor_;
  caf::strong_actor_ptr who_hears_;
  context life_;
  incarnation_id number_;
};

/// Makes a child, on the supervisor's thread, each time it starts. Must not block. An exception (a
/// state's constructor throws here) or a null handle means that the child failed to start.
using start_function = std::function<caf::actor(const incarnation&)>;

struct child_spec {
  child_policy policy;
  start_function start;
  child_ref ref;  ///< follows the child
};

struct supervisor_options {
  /// Its path in the tree, for the history; for example `node`.
  std::string path = "supervisor";
  supervision_policy policy;
  /// Seed of the jitter; give each supervisor of a process a different one.
  std::uint64_t seed = 0;
  /// May be shared by a whole tree; created if null.
  std::shared_ptr<supervision_history> history;
  /// Called with each event, in the history's order, on a supervisor's thread; for the log. Must be
  /// short and must not throw.
  std::function<void(const supervision_event&)> on_event;
  /// Called once in each run of the supervisor, on its thread, when all initial children have
  /// started.
  std::function<void()> on_started;
};

/// Spawns a supervisor, which keeps `children` running; `supervision_plan` has the rules, which are
/// Erlang's.
///
///     child_ref clerk;
///     child_spec spec;
///     spec.policy.name = "clerk";
///     spec.start = [](const incarnation& me) { return me.supervisor()->spawn(run_clerk); };
///     spec.ref = clerk;
///     const auto top = spawn_supervisor(rt.system(), ctx, {}, {spec});
///     …
///     ask(self, request, clerk, question{}).then(…);  // the clerk that runs now
///
/// It stops its children in reverse order and exits when `ctx` is done, when it is told to exit
/// (`exit_first`), or when it gives up. In the last case its exit error names the child that failed
/// last, so that a supervisor above restarts it, or its owner is notified (`attach_functor`). If it
/// is killed, it kills its children.
///
/// A child's normal end is `quit()`, `exit_reason::user_shutdown`, or `errc::canceled` (the end of
/// a context that it was linked to). A child told to stop gets `user_shutdown`, with priority over
/// all messages in its mailbox. To finish work first, set an exit handler and quit later, within
/// the shutdown time. Timers run on the clock of `ctx`. Throws `std::invalid_argument` if two
/// children have the same name.
caf::actor spawn_supervisor(caf::actor_system& system, const context& ctx,
                            supervisor_options options, std::vector<child_spec> children);

/// A child that is itself a supervisor, for groups that restart and fail together. It has started
/// when its children have; the times for that and for stopping are as long as its children need.
/// The rest of its policy may be changed. `options.path` is the path above it; `name` is appended.
child_spec supervisor_child(std::string name, const context& ctx, supervisor_options options,
                            std::vector<child_spec> children);

/// Result of a request to add or remove a child.
enum class child_answer : std::uint8_t {
  done,             ///< it runs, or was removed
  name_taken,       ///< another child has this name
  failed_to_start,  ///< it was removed again
  unknown_child,    ///< there is no child of this name
  stopping,         ///< the supervisor is stopping
};

/// To a supervisor, `(context, add_child)`: adds a child at the end of the order. Answered by
/// `child_changed` once it has started or failed to start.
struct add_child {
  std::shared_ptr<const child_spec> spec;
};
template <class Inspector>
auto inspect(Inspector& f, add_child& x) {
  return fields(f, "add_child", x);
}

/// To a supervisor, `(context, remove_child)`: stops and removes the child. Answered by
/// `child_changed` once it has ended. Temporary children that ended are removed anyway.
struct remove_child {
  std::string name;
};
LIFELINE_MESSAGE(remove_child);

struct child_changed {
  std::uint8_t answer_code = 0;
  std::string reason;

  child_answer answer() const noexcept { return static_cast<child_answer>(answer_code); }
};
LIFELINE_MESSAGE(child_changed);

}  // namespace lifeline

#if LIFELINE_CAF_1
namespace lifeline::detail {
struct child_ready;
struct child_down;
struct supervision_due;
}  // namespace lifeline::detail
CAF_BEGIN_TYPE_ID_BLOCK(lifeline_supervision,
                        ::lifeline::detail::first_type_id(::lifeline::detail::room::supervision))
CAF_ADD_TYPE_ID(lifeline_supervision, (lifeline::add_child))
CAF_ADD_TYPE_ID(lifeline_supervision, (lifeline::remove_child))
CAF_ADD_TYPE_ID(lifeline_supervision, (lifeline::child_changed))
CAF_ADD_TYPE_ID(lifeline_supervision, (lifeline::detail::child_ready))
CAF_ADD_TYPE_ID(lifeline_supervision, (lifeline::detail::child_down))
CAF_ADD_TYPE_ID(lifeline_supervision, (lifeline::detail::supervision_due))
CAF_END_TYPE_ID_BLOCK(lifeline_supervision)
#endif
