#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lifeline/time/clock.hpp"

namespace lifeline {

/// A step of the shutdown. `share` and `grace` are parts of the total budget; the longest chain of
/// phases determines the length of one part.
struct shutdown_phase {
  std::string name;
  std::vector<std::string> after = {};  ///< phases that must end before it begins
  unsigned share = 1;  ///< parts for tasks to stop by themselves; then they are cancelled
  unsigned grace = 1;  ///< parts for cancelled tasks to end
};

/// Phases of a server, in this order: stop accepting, drain, stop background, flush, close.
std::vector<shutdown_phase> server_shutdown_phases();

/// A task that has to stop in a phase; ids are never reused.
using shutdown_task_id = std::uint64_t;

struct shutdown_result {
  std::vector<std::string> abandoned;  ///< `phase: task`, in the order of abandonment
  bool hurried = false;                ///< ended early by `hurry`

  bool clean() const noexcept { return abandoned.empty() && !hurried; }
};

enum class shutdown_event : std::uint8_t {
  phase_began,
  task_stopped,
  task_cancelled,  ///< its share of the time is over
  task_abandoned,  ///< it did not stop after cancellation
  phase_ended,
};

std::string_view to_string(shutdown_event e) noexcept;

/// Actions of the plan, carried out in order by the sequence.
namespace action {
/// Ask the task to stop; its context ends at `cancel_at`.
struct stop_task {
  shutdown_task_id task;
  time_point cancel_at;
};
struct cancel_task {
  shutdown_task_id task;
};
/// Remove the task.
struct forget_task {
  shutdown_task_id task;
};
struct report_progress {
  shutdown_event what;
  std::string phase;
  std::string task;  ///< empty: the phase itself
};
struct end_shutdown {
  shutdown_result result;
};
}  // namespace action

using shutdown_action = std::variant<action::stop_task, action::cancel_task, action::forget_task,
                                     action::report_progress, action::end_shutdown>;
using shutdown_actions = std::vector<shutdown_action>;

/// The pure core of the shutdown sequence: phases under one total budget. Each phase has two times:
/// when unfinished tasks are cancelled, and when they are abandoned. They are set as if every
/// earlier phase used all of its time. So a phase gets the unused time of earlier phases, and can't
/// use that of later ones. Independent phases run concurrently.
class shutdown_plan {
 public:
  /// Throws `std::invalid_argument` if two phases have one name, or if a phase comes after an
  /// unknown phase or after itself.
  explicit shutdown_plan(std::vector<shutdown_phase> phases);

  /// Adds a task to a phase; it is stopped when the phase begins, or now if it runs. Empty if the
  /// phase is over or unknown: then don't start what the task would stop.
  std::optional<shutdown_task_id> add(std::string_view phase, std::string name);
  /// The task has stopped, or there is nothing to stop any more. Safe at any time, repeatedly.
  shutdown_actions stopped(shutdown_task_id task, time_point now);

  /// Starts the shutdown; only the first call counts.
  shutdown_actions begin(duration budget, time_point now);
  shutdown_actions proceed(time_point now);
  /// Ends at once: running tasks are abandoned, tasks of later phases are not stopped. No effect
  /// before `begin`.
  shutdown_actions hurry(time_point now);

  /// Time at which `proceed` should be called if nothing happens before.
  std::optional<time_point> next_due() const;

 private:
  enum class phase_state : std::uint8_t { waiting, running, over };
  struct phase {
    shutdown_phase what;
    std::vector<std::size_t> after;
    unsigned begins = 0;  ///< in parts, if all earlier phases use their time
    time_point cancel_at{};
    time_point end_at{};
    phase_state now = phase_state::waiting;

    unsigned cancels() const noexcept { return begins + what.share; }
    unsigned ends() const noexcept { return cancels() + what.grace; }
  };
  struct task {
    shutdown_task_id id;
    std::string name;
    std::size_t phase;
    bool stop_sent = false;
    bool cancelled = false;
  };

  std::optional<std::size_t> place_of(std::string_view name) const;
  void link_phases();
  void lay_out(std::size_t p, std::size_t depth);
  bool advance(std::size_t p, time_point now);
  bool may_begin(const phase& p) const;
  bool has_tasks(std::size_t p) const;
  void stop_tasks(std::size_t p);
  void cancel_tasks(std::size_t p);
  void abandon_tasks(std::size_t p);
  void report(shutdown_event what, std::size_t p, std::string task = {});
  shutdown_actions step(time_point now);

  std::vector<phase> phases_;
  std::vector<task> tasks_;
  shutdown_task_id last_task_ = 0;
  bool begun_ = false;
  bool ended_ = false;
  shutdown_result result_;
  shutdown_actions out_;
};

}  // namespace lifeline
