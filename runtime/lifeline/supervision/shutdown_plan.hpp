#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lifeline/time/clock.hpp"

namespace lifeline {

/// A step of a process's end. Its length is counted in parts of the whole budget, which are as long
/// as the longest chain of phases makes them.
struct shutdown_phase {
  std::string name;
  std::vector<std::string> after = {};  ///< the phases that must be over before it begins
  unsigned share = 1;                   ///< for what stops by itself; then it is cancelled
  unsigned grace = 1;                   ///< for what was cancelled to come to its end
};

/// A server's: stop accepting → drain → stop background → flush → close, each after the one before.
std::vector<shutdown_phase> server_shutdown_phases();

/// Something that has to stop in a phase; never given twice.
using shutdown_task_id = std::uint64_t;

struct shutdown_result {
  std::vector<std::string> abandoned;  ///< `phase: task`, in the order of being given up
  bool hurried = false;                ///< ended before its time, by `hurry`

  bool clean() const noexcept { return abandoned.empty() && !hurried; }
};

enum class shutdown_event : std::uint8_t {
  phase_began,
  task_stopped,
  task_cancelled,  ///< its share is over
  task_abandoned,  ///< it did not stop when cancelled either
  phase_ended,
};

std::string_view to_string(shutdown_event e) noexcept;

/// What to do next: an order of the plan to whoever carries it out, in order.
namespace order {
/// Let it stop; at `cancel_at` its context ends.
struct stop_task {
  shutdown_task_id task;
  time_point cancel_at;
};
struct cancel_task {
  shutdown_task_id task;
};
/// Know it no longer.
struct forget_task {
  shutdown_task_id task;
};
struct tell_progress {
  shutdown_event what;
  std::string phase;
  std::string task;  ///< empty if the phase is meant
};
struct end_shutdown {
  shutdown_result result;
};
}  // namespace order

using shutdown_order = std::variant<order::stop_task, order::cancel_task, order::forget_task,
                                    order::tell_progress, order::end_shutdown>;
using shutdown_orders = std::vector<shutdown_order>;

/// The pure core of the shutdown sequence: phases under one total budget. Each phase has marks on
/// the clock, at which what has not stopped is cancelled and then abandoned. The marks lie as if
/// every phase before used all of its time; so time that one does not use is the next one's, and no
/// phase can take a later one's. Phases that don't depend on each other run side by side.
class shutdown_plan {
 public:
  /// Throws `std::invalid_argument` if two phases have one name, or one is after an unknown phase
  /// or after itself.
  explicit shutdown_plan(std::vector<shutdown_phase> phases);

  /// A task of that phase: stopped when the phase comes, now if it runs. Nothing if the phase is
  /// over, or unknown: then it is too late to begin what would have to be stopped.
  std::optional<shutdown_task_id> add(std::string_view phase, std::string name);
  /// Has stopped, or there is nothing to stop any more; no matter when and how often.
  shutdown_orders stopped(shutdown_task_id task, time_point now);

  /// Only the first call counts.
  shutdown_orders begin(duration budget, time_point now);
  shutdown_orders proceed(time_point now);
  /// Ends at once: what has not stopped is abandoned, what was not told to is not told any more.
  /// Before `begin` there is nothing to end.
  shutdown_orders hurry(time_point now);

  /// When `proceed` should be called if nothing happens before.
  std::optional<time_point> next_due() const;

 private:
  enum class phase_state : std::uint8_t { waiting, running, over };
  struct phase {
    shutdown_phase what;
    std::vector<std::size_t> after;
    unsigned begins = 0;  ///< in parts, if all before it take their time
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
    bool told = false;
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
  void tell(shutdown_event what, std::size_t p, std::string task = {});
  shutdown_orders step(time_point now);

  std::vector<phase> phases_;
  std::vector<task> tasks_;
  shutdown_task_id last_task_ = 0;
  bool begun_ = false;
  bool ended_ = false;
  shutdown_result result_;
  shutdown_orders out_;
};

}  // namespace lifeline
