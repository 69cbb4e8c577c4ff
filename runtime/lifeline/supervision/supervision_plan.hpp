#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lifeline/supervision/backoff.hpp"
#include "lifeline/supervision/restart_intensity.hpp"
#include "lifeline/supervision/supervision_history.hpp"
#include "lifeline/time/clock.hpp"

namespace lifeline {

/// Which children are restarted when one has failed.
enum class restart_strategy : std::uint8_t {
  one_for_one,   ///< that child only
  one_for_all,   ///< all children: each depends on all others
  rest_for_one,  ///< also the children after it: each depends on the ones before it
};

/// Whether a child that ended is started again.
enum class restart_kind : std::uint8_t {
  permanent,  ///< always
  transient,  ///< after a failure: any end but a normal one
  temporary,  ///< never; it is removed once it has ended
};

struct child_policy {
  std::string name;  ///< unique among the supervisor's children
  restart_kind restart = restart_kind::permanent;
  /// Time to exit when told to, before it is killed; `duration::max()`: no limit.
  duration shutdown_time = std::chrono::seconds(5);
  /// If set, the child has started when it reports ready, within this time. If empty, it has
  /// started as soon as it was made.
  std::optional<duration> ready_within;
};

struct supervision_policy {
  restart_strategy strategy = restart_strategy::one_for_one;
  restart_limit limit;
  backoff_policy backoff;
  /// Time for a killed child to end before it is abandoned: a child whose handler never returns
  /// can't be killed.
  duration kill_time = std::chrono::seconds(1);
};

/// A child's place in its supervisor; ids are never reused.
using child_id = std::uint64_t;
/// One run of one child. A supervisor never reuses ids, so late messages are recognized.
using incarnation_id = std::uint64_t;

/// How an incarnation ended.
struct ending {
  bool normal = false;  ///< finished, or ended as requested: not a failure
  std::string reason;
};

/// Actions of the plan, carried out in order by the supervisor.
namespace action {
/// Start the child, then report `started` or `failed_to_start`.
struct start_child {
  child_id child;
  incarnation_id incarnation;
};
/// Tell it to exit.
struct stop_child {
  child_id child;
  incarnation_id incarnation;
};
/// Kill it, and end the context of its run.
struct kill_child {
  child_id child;
  incarnation_id incarnation;
};
/// Ignore this incarnation from now on: it did not end even when killed.
struct abandon_child {
  child_id child;
  incarnation_id incarnation;
};
/// It runs for the first time: answer the request that added it.
struct report_first_start {
  child_id child;
};
/// It is not a child any more: removed, or temporary and ended, or it failed to start when added.
struct drop_child {
  child_id child;
  std::string reason;
};
struct note {
  std::string child;
  child_event what;
  std::string reason;
  std::optional<duration> restart_in;
};
/// All initial children have started.
struct all_started {};
/// All children have ended, so the supervisor ends. `failed`: it gave up.
struct finish {
  bool failed;
  std::string reason;
};
}  // namespace action

using supervision_action =
    std::variant<action::start_child, action::stop_child, action::kill_child, action::abandon_child,
                 action::report_first_start, action::drop_child, action::note, action::all_started,
                 action::finish>;
using supervision_actions = std::vector<supervision_action>;

/// The pure core of the supervisor: events go in with the time at which they happened, actions come
/// out. The rules are those of Erlang/OTP's `supervisor`:
///
/// - Children start in order, each after the one before it has started. They stop in reverse order,
///   one at a time. If an initial child can't be started, all are stopped again and the supervisor
///   has failed. A child added later that fails to start is removed.
/// - A child that fails, or fails to start again, costs one restart of the limit. Within the limit,
///   this child and those named by the strategy stop, then start again in order; temporary ones
///   among them are removed. Beyond the limit, the supervisor stops all children and ends as
///   failed.
/// - A child that ends while it is being stopped has not failed, however it ended.
///
/// In addition, restarts wait (`backoff`), and the plan itself never blocks: under one_for_one,
/// children restart independently of each other.
///
/// Incarnations of a child never overlap, except for an abandoned one. Each event examines all
/// children: meant for tens of children, not for thousands.
class supervision_plan {
 public:
  supervision_plan(const supervision_policy& policy, random_engine chance)
      : policy_(policy), intensity_(policy.limit), chance_(chance) {}

  /// Adds a child at the end of the order; it starts when those before it have started. Empty if
  /// its name is taken, or if the supervisor is stopping.
  std::optional<child_id> add(child_policy child);
  /// Stops the child and removes it.
  supervision_actions remove(child_id child, time_point now);
  std::optional<child_id> find(std::string_view name) const;

  /// Performs what is due: starts the initial or added children, ends waits and timeouts.
  supervision_actions proceed(time_point now);
  supervision_actions started(incarnation_id who, time_point now);
  supervision_actions failed_to_start(incarnation_id who, std::string reason, time_point now);
  supervision_actions exited(incarnation_id who, ending how, time_point now);
  /// Stops all children, then finishes.
  supervision_actions stop(std::string reason, time_point now);

  /// Time at which `proceed` should be called if nothing happens before. It may be past already,
  /// since time goes on while actions are carried out.
  std::optional<time_point> next_due() const;

  bool stopping() const noexcept { return mode_ == mode::stopping || mode_ == mode::finished; }
  /// Whether `who` is starting, so that `started` would have an effect.
  bool awaits(incarnation_id who) const noexcept;

 private:
  enum class mode : std::uint8_t { starting, running, stopping, finished };
  enum class phase : std::uint8_t { down, starting, running, stopping, killed };
  enum class goal : std::uint8_t { up, down, removed };

  struct child {
    child_id id = 0;
    child_policy policy;
    phase now = phase::down;
    goal wanted = goal::up;
    incarnation_id incarnation = 0;  ///< 0 while down
    bool initial = false;            ///< it is an initial child
    bool has_started = false;        ///< it has started at least once
    bool must_end = false;           ///< this incarnation has to end
    bool late = false;               ///< killed because it was not ready in time
    time_point due{};                ///< end of the time to be ready, to exit, or to die
    time_point not_before{};         ///< while down: end of the wait
    time_point since{};              ///< while it runs
    backoff failures;
    std::string drop_reason;  ///< why it is removed, once it has ended

    bool alive() const noexcept { return now != phase::down; }
  };
  using children = std::vector<child>;

  child* holder(incarnation_id who);
  bool any(phase p) const;
  static void leave(child& c);
  void end(child& c, const ending& how, time_point now);
  void fail(child& c, child_event what, const std::string& reason, time_point now);
  void fail_to_start(child& c, const std::string& reason, time_point now);
  void restart_group(const child& failed, time_point not_before);
  void give_up(const child& c, const std::string& reason);
  void mark_all_to_end();
  void kill(child& c, std::string reason, time_point now);
  void abandon(child& c, time_point now);
  void check_due(child& c, time_point now);
  void drop_removed();
  void stop_next(time_point now);
  void start_next(time_point now);
  void start_in_order(time_point now);
  void start_independently(time_point now);
  void start(child& c, time_point now);
  void note_progress();
  void record(const child& c, child_event what, std::string reason = {},
              std::optional<duration> restart_in = std::nullopt);
  supervision_actions step(time_point now);

  supervision_policy policy_;
  restart_intensity intensity_;
  random_engine chance_;
  children children_;
  supervision_actions out_;
  mode mode_ = mode::starting;
  bool begun_ = false;
  bool failed_ = false;
  std::string finish_reason_;
  time_point looked_{};  ///< time of the last look at what is due
  child_id last_child_ = 0;
  incarnation_id last_incarnation_ = 0;
};

}  // namespace lifeline
