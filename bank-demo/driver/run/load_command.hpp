#pragma once

#include <optional>

#include "driver/events/subscribers.hpp"
#include "driver/faults/fault_runner.hpp"
#include "driver/live_display.hpp"
#include "driver/load/request_writer.hpp"
#include "driver/run/load_phases.hpp"
#include "driver/run/node_access.hpp"

namespace bank::driver {

/// `bank-driver run` of a load scenario from start to end: reaches or starts the node, opens
/// accounts, runs the phases with their faults, looks up unknown outcomes, judges, stops the node.
/// A signal (SIGINT, SIGTERM, SIGHUP) ends it early with its node; a second one ends it at once.
/// Used once, on the calling thread.
class load_command {
 public:
  load_command(run_options o, scenario s);

  load_report execute();

 private:
  task<void> drive();
  task<maybe_problem> prepare();
  task<maybe_problem> run_phases();
  task<maybe_problem> conclude();
  task<void> watch_money();
  task<void> ask_old_questions();
  task<void> show_progress();

  void note_fault(const std::string& text);
  void interrupted(const std::string& why);
  void judge();

  run_options options_;
  scenario scenario_;
  asio::io_context io_{1};
  node_access node_;
  request_plan plan_;
  std::vector<lifeline::ledger::uuid> accounts_;
  std::optional<http_client> client_;
  std::optional<request_writer> write_;
  std::optional<witness> witness_;
  load_report report_;
  traffic counted_;  // by the load
  std::optional<load_phases> phases_;
  std::optional<subscribers> subscribers_;
  std::optional<fault_runner> faults_;
  live_display view_;
  std::string latest_fault_;
  timer tick_;
  timer money_tick_;
  task_group beside_;  // beside the phases
  bool loading_ = false;
  bool interrupted_ = false;
};

}  // namespace bank::driver
