#pragma once

#include <boost/asio/signal_set.hpp>
#include <memory>
#include <optional>

#include "bank/driver/options.hpp"
#include "bank/driver/replay_run.hpp"
#include "bank/driver/report.hpp"
#include "bank/driver/run/node_access.hpp"

namespace bank::driver {

/// `bank-driver run` from start to end: reach or start the node, replay, gather the evidence, judge
/// it, stop the node. SIGINT and SIGTERM end it early, and its node with it; a second one at once.
/// One use, on the calling thread.
class replay_command {
 public:
  replay_command(run_options o, scenario s, replay_plan plan);
  ~replay_command();

  /// Does it all and says what came of it.
  run_report execute();

 private:
  task<void> drive();
  task<maybe_problem> reach_node();
  task<maybe_problem> replay();
  task<maybe_problem> audit();
  void listen_for_signals();
  void interrupted(int signal_number);
  void fill_report();

  run_options options_;
  scenario scenario_;
  replay_plan plan_;
  asio::io_context io_{1};
  node_access node_;
  std::optional<http_client> client_;
  progress_display display_;
  std::optional<replay_run> run_;
  bool replaying_ = false;
  asio::basic_signal_set<executor> signals_;
  run_report report_;
};

}  // namespace bank::driver
