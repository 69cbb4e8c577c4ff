#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lifeline/context/context.hpp"
#include "lifeline/supervision/shutdown_plan.hpp"

namespace lifeline {

/// One event of a shutdown, for the log.
struct shutdown_progress {
  shutdown_event what = shutdown_event::phase_began;
  std::string phase;
  std::string task;  ///< empty: the phase itself
};

/// A token held while a task is stopping; when its last copy is dropped, the task has stopped.
using still_stopping = std::shared_ptr<const void>;

/// Begins to stop a task; must not block or throw. The task reports its end by dropping the token,
/// at once or later, on any thread. When the context ends, its share of the time is over: cut short
/// what is not finished.
using stop_function = std::function<void(const context&, still_stopping)>;

/// Ends a process in named phases under one total budget (rules: `shutdown_plan`). Each part that
/// must stop registers as a task of a phase; it may be withdrawn at any time. The sequence runs
/// phases and cancellations; signals and the exit status belong to its owner.
///
///     shutdown_sequence end(rt.background(), server_shutdown_phases());
///     const auto tree = end.add("flush", "ledger", stop_actor(supervisor));
///     …                                        // a signal:
///     end.begin(10s);                          // a second one: end.hurry()
///     wait(end.over());
///     return end.result().clean() ? 0 : 4;
///
/// Safe from any thread. Stop functions and progress are called on the clock's thread, one at a
/// time. So a stop function that never returns blocks the sequence, too: the owner needs a last
/// resort.
class shutdown_sequence {
  class machine;

 public:
  /// The registration of a task. Its destructor withdraws the task: there is nothing to stop any
  /// more. Move-only; it may outlive the sequence.
  class [[nodiscard]] registration {
   public:
    registration() = default;
    registration(registration&& other) noexcept
        : machine_(std::move(other.machine_)), task_(std::exchange(other.task_, 0)) {}
    registration& operator=(registration&& other) noexcept;
    ~registration() { withdraw(); }

    /// False if the phase is already over: then don't start what the task would stop.
    explicit operator bool() const noexcept { return task_ != 0; }
    void withdraw() noexcept;
    /// The task stays registered without this object.
    void release() noexcept { task_ = 0; }

   private:
    friend class shutdown_sequence;
    registration(std::weak_ptr<machine> m, shutdown_task_id task)
        : machine_(std::move(m)), task_(task) {}

    std::weak_ptr<machine> machine_;
    shutdown_task_id task_ = 0;
  };

  /// `root` provides the clock and the values of the tasks' contexts; its end does not end the
  /// sequence. Throws `std::invalid_argument` as `shutdown_plan` does.
  shutdown_sequence(const context& root, std::vector<shutdown_phase> phases,
                    std::function<void(const shutdown_progress&)> on_progress = nullptr);
  shutdown_sequence(const shutdown_sequence&) = delete;
  shutdown_sequence& operator=(const shutdown_sequence&) = delete;
  /// Cancels tasks that are still stopping, and does not wait for them.
  ~shutdown_sequence();

  registration add(std::string_view phase, std::string name, stop_function stop);

  /// Starts the shutdown and returns at once. Only the first call counts.
  void begin(duration budget);
  template <class Rep, class Period>
  void begin(std::chrono::duration<Rep, Period> budget) {
    begin(saturating_cast(budget));
  }
  /// Ends at once: unfinished tasks are cancelled and abandoned. No effect before `begin`.
  void hurry();

  /// Done when the sequence has ended.
  const context& over() const noexcept;
  /// Empty until `over()` is done.
  shutdown_result result() const;

 private:
  std::shared_ptr<machine> machine_;
};

}  // namespace lifeline
