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

/// Who is restarted with a child that failed.
enum class restart_strategy : std::uint8_t {
  one_for_one,   ///< it alone
  one_for_all,   ///< all children: they can't do without each other
  rest_for_one,  ///< those after it, too: each stands on the ones before it
};

/// Whether a child that ended is started again.
enum class restart_kind : std::uint8_t {
  permanent,  ///< always
  transient,  ///< if it failed: any end but a normal one
  temporary,  ///< never; it is forgotten once it has ended
};

struct child_policy {
  std::string name;  ///< its own among the supervisor's children
  restart_kind restart = restart_kind::permanent;
  /// How long it may take to exit when told to, before it is killed; `duration::max()`: for ever.
  duration shutdown_time = std::chrono::seconds(5);
  /// If set, it has started only when it says that it is ready, within this time; else it has
  /// started as soon as it was made.
  std::optional<duration> ready_within;
};

struct supervision_policy {
  restart_strategy strategy = restart_strategy::one_for_one;
  restart_limit limit;
  backoff_policy backoff;
  /// How long a killed child may take to end before it is abandoned: one whose handler never
  /// returns can't be killed.
  duration kill_time = std::chrono::seconds(1);
};

/// A child's place in its supervisor; never given twice.
using child_id = std::uint64_t;
/// One run of one child; never given twice by a supervisor, so that late news is known as such.
using incarnation_id = std::uint64_t;

/// How an incarnation ended.
struct ending {
  bool normal = false;  ///< finished, or told to: no failure
  std::string reason;
};

/// What to do next: an order of the plan to whoever carries it out, in order.
namespace order {
/// Make it, and say `started` or `failed_to_start`.
struct start_child {
  child_id child;
  incarnation_id incarnation;
};
/// Tell it to exit.
struct stop_child {
  child_id child;
  incarnation_id incarnation;
};
/// Make it end at once; whatever it works for is over.
struct kill_child {
  child_id child;
  incarnation_id incarnation;
};
/// Know this incarnation no longer: it did not even end when killed.
struct abandon_child {
  child_id child;
  incarnation_id incarnation;
};
/// It runs for the first time: who added it may be told.
struct welcome_child {
  child_id child;
};
/// It is no child any more: removed, or temporary and ended, or it failed to start when added.
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
/// All children of the beginning have started.
struct all_started {};
/// All have ended: the supervisor ends, too. `failed`: not as told, but because it gave up.
struct finish {
  bool failed;
  std::string reason;
};
}  // namespace order

using supervision_order =
    std::variant<order::start_child, order::stop_child, order::kill_child, order::abandon_child,
                 order::welcome_child, order::drop_child, order::note, order::all_started,
                 order::finish>;
using supervision_orders = std::vector<supervision_order>;

/// The pure core of the supervisor: events go in with the time at which they happened, orders come
/// out. The rules are those of Erlang/OTP's `supervisor`:
///
/// - Children start in order, each after the one before it has started; they stop in reverse order,
///   one at a time. If one of the first ones can't be started, all is stopped again and the
///   supervisor has failed; a child added later that fails to start is forgotten.
/// - A child that fails, or fails to start again, costs one restart of the limit. Within it, the
///   child and whom the strategy names stop, and start again in order; temporary ones among them
///   are forgotten. Beyond it, the supervisor stops all children and ends as failed.
/// - What ends while it is being stopped has not failed, however it ended.
///
/// On top of that, restarts wait (`backoff`), and nothing waits inside: under one_for_one, children
/// restart independently of each other.
///
/// A child's incarnations never overlap, but for one that was abandoned. Looks through all children
/// at each event: meant for tens of children, not for thousands.
class supervision_plan {
 public:
  supervision_plan(const supervision_policy& policy, random_engine chance)
      : policy_(policy), intensity_(policy.limit), chance_(chance) {}

  /// A child at the end of the order; it starts when those before it have. Nothing if its name is
  /// taken, or if the supervisor stops.
  std::optional<child_id> add(child_policy child);
  /// Stops the child and forgets it.
  supervision_orders remove(child_id child, time_point now);
  std::optional<child_id> find(std::string_view name) const;

  /// Lets things happen: starts the first children, or those added since.
  supervision_orders proceed(time_point now);
  supervision_orders started(incarnation_id who, time_point now);
  supervision_orders failed_to_start(incarnation_id who, std::string reason, time_point now);
  supervision_orders exited(incarnation_id who, ending how, time_point now);
  /// Stops all children, then finishes.
  supervision_orders stop(std::string reason, time_point now);

  /// When `proceed` should be called if nothing happens before; that may be past already, for time
  /// goes on while orders are carried out.
  std::optional<time_point> next_due() const;

  bool stopping() const noexcept { return mode_ == mode::stopping || mode_ == mode::finished; }
  /// Would `started` be news of this incarnation?
  bool awaits(incarnation_id who) const noexcept;

 private:
  enum class mode : std::uint8_t { starting, running, stopping, finished };
  enum class phase : std::uint8_t { down, starting, running, stopping, killed };
  enum class goal : std::uint8_t { up, down, gone };

  struct child {
    child_id id = 0;
    child_policy policy;
    phase now = phase::down;
    goal wanted = goal::up;
    incarnation_id incarnation = 0;  ///< 0 while down
    bool first = false;              ///< it was there when the supervisor began
    bool welcome = false;            ///< it has started at least once
    bool condemned = false;          ///< this incarnation has to go
    bool late = false;               ///< killed because it was not ready in time
    time_point due{};                ///< end of what it may take: to be ready, to exit, to die
    time_point not_before{};         ///< while down: end of the wait
    time_point since{};              ///< while it runs
    backoff failures;
    std::string farewell;  ///< once it is to be gone: why

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
  void condemn_all();
  void kill(child& c, std::string reason, time_point now);
  void abandon(child& c, time_point now);
  void be_punctual(child& c, time_point now);
  void drop_gone();
  void stop_next(time_point now);
  void start_next(time_point now);
  void start_in_order(time_point now);
  void start_independently(time_point now);
  void start(child& c, time_point now);
  void note_progress();
  void say(const child& c, child_event what, std::string reason = {},
           std::optional<duration> restart_in = std::nullopt);
  supervision_orders step(time_point now);

  supervision_policy policy_;
  restart_intensity intensity_;
  random_engine chance_;
  children children_;
  supervision_orders out_;
  mode mode_ = mode::starting;
  bool begun_ = false;
  bool failed_ = false;
  std::string why_;
  time_point looked_{};  ///< at what is due
  child_id last_child_ = 0;
  incarnation_id last_incarnation_ = 0;
};

}  // namespace lifeline
