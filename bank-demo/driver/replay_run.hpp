#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "bank/books/lane_schedule.hpp"
#include "driver/fault_schedule.hpp"
#include "driver/http_client.hpp"
#include "driver/live_display.hpp"
#include "driver/measures/measures.hpp"
#include "driver/node_process.hpp"
#include "driver/progress.hpp"
#include "driver/replay_plan.hpp"
#include "driver/task_group.hpp"

namespace bank::driver {

/// Replays the books over HTTP in the order of `lane_schedule`, with the scenario's faults. A step
/// without an answer, or with a temporary failure, is sent again with the same id; a refusal ends
/// the replay. One thread; all arguments must outlive it.
class replay_run {
 public:
  struct parts {
    const http_client& client;
    const replay_plan& plan;
    node_process* node = nullptr;  ///< the driver's own node; null: no faults allowed
    live_display& display;
  };

  replay_run(parts p, const std::vector<kill_fault>& faults, std::uint64_t seed);

  /// Replays the books. Returns when all is acknowledged, or after a failure, see `failure`.
  task<void> run();
  /// Ends it early; the first reason counts.
  void give_up(std::string why);

  /// Why it was not finished.
  maybe_problem failure() const;
  const books::lane_counts& counts() const noexcept { return schedule_.counts(); }
  /// Of the transfers, each timed from its first request to its acknowledgement.
  const measures& numbers() const noexcept { return numbers_; }
  std::size_t restarts() const noexcept { return restarts_; }
  double seconds() const;

 private:
  struct worker {
    explicit worker(const http_client& c)
        : connection(c.connect()), pause_timer(c.io().get_executor()) {}
    load_connection connection;
    timer pause_timer;
  };
  /// A temporary failure of a step.
  struct setback {
    std::string why;
    std::chrono::seconds retry_after{};
  };
  /// Nothing: the step is settled, or the replay was stopped.
  using trouble = std::optional<setback>;

  task<void> work(worker& w);
  task<void> settle(worker& w, books::lane_step step);
  task<trouble> ask(worker& w, books::lane_step step);
  trouble judge(const books::lane_step& step, const exchanged& e, bool is_there);
  void write(const books::lane_step& step, std::string& request) const;
  void note_transfer(lifeline::duration time);
  task<void> restart_node();
  void note_kill();
  void note_restart(const result<http_address>& address);
  task<void> show_progress();
  void give_up_without_node();
  void wake_all();

  parts parts_;
  books::lane_schedule schedule_;
  fault_schedule faults_;
  std::deque<worker> workers_;
  task_group group_;
  task_group beside_;
  timer tick_;
  measures numbers_;
  progress_view progress_;
  std::size_t restarts_ = 0;
  bool restarting_ = false;
  lifeline::time_point started_;
  std::optional<lifeline::time_point> ended_;
};

}  // namespace bank::driver
