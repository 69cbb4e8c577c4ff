#pragma once

#include <deque>
#include <optional>

#include "driver/fault_schedule.hpp"
#include "driver/http_client.hpp"
#include "driver/measure.hpp"
#include "driver/node_process.hpp"
#include "driver/progress.hpp"
#include "driver/replay_core.hpp"
#include "driver/replay_plan.hpp"
#include "driver/task_group.hpp"

namespace bank::driver {

/// Runs the actions of `replay_core` over HTTP, with their pauses and the scenario's faults. One
/// thread; all arguments must outlive it.
class replay_run {
 public:
  struct parts {
    asio::io_context& io;
    const http_client& client;
    const replay_plan& plan;
    node_process* node = nullptr;  ///< the driver's own node; null: no faults allowed
    progress_display& display;
  };

  replay_run(parts p, const std::vector<kill_fault>& faults, std::uint64_t seed);

  /// Replays the books. Returns when all is acknowledged, or after a failure, see `failure`.
  task<void> run();
  /// Ends it early; the first reason counts.
  void give_up(std::string why);

  /// Why it was not finished.
  maybe_problem failure() const;
  const replay_counts& counts() const noexcept { return core_.counts(); }
  const latencies& times() const noexcept { return times_; }
  std::size_t restarts() const noexcept { return restarts_; }
  double seconds() const;

 private:
  struct worker {
    explicit worker(const parts& p) : connection(p.client), pause_timer(p.io.get_executor()) {}
    http_connection connection;
    timer pause_timer;
    std::optional<replay_step> current;
    lifeline::time_point first_sent;  ///< of the current step
  };

  task<void> work(worker& w);
  task<replay_action> perform(worker& w, const replay_step& step);
  replay_action evaluate(const replay_step& step, const http_answer& answer);
  std::string request_of(const replay_step& step) const;
  void after_answer(worker& w, const replay_step& step, std::size_t acknowledged_before);
  task<void> restart_node();
  void note_kill();
  void note_restart(const result<http_address>& address);
  task<void> show_progress();
  void give_up_without_node();
  void wake_all();

  parts parts_;
  replay_core core_;
  fault_schedule faults_;
  std::deque<worker> workers_;
  task_group group_;
  timer tick_;
  latencies times_;
  std::size_t restarts_ = 0;
  bool restarting_ = false;
  lifeline::time_point started_;
  std::optional<lifeline::time_point> ended_;
};

}  // namespace bank::driver
