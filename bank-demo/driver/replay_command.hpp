#pragma once

#include <optional>

#include "driver/options.hpp"
#include "driver/replay_run.hpp"
#include "driver/report.hpp"
#include "driver/run/node_access.hpp"

namespace bank::driver {

/// `bank-driver run` of a replay from start to end: reaches or starts the node, replays, reads the
/// result, judges it, stops the node. A signal (SIGINT, SIGTERM, SIGHUP) ends it early with its
/// node; a second one ends it at once. Used once, on the calling thread.
class replay_command {
 public:
  replay_command(run_options o, scenario s, replay_plan plan);

  /// Runs everything and returns the report.
  run_report execute();

 private:
  task<void> drive();
  task<maybe_problem> reach_node();
  task<maybe_problem> replay();
  task<maybe_problem> audit();
  void interrupted(const std::string& why);
  void fill_report();

  run_options options_;
  scenario scenario_;
  replay_plan plan_;
  asio::io_context io_{1};
  node_access node_;
  std::optional<http_client> client_;
  live_display display_;
  std::optional<replay_run> run_;
  bool replaying_ = false;
  run_report report_;
};

}  // namespace bank::driver
