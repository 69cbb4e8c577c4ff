#pragma once

#include <memory>
#include <optional>

#include "driver/events/subscribers.hpp"
#include "driver/faults/fault_runner.hpp"
#include "driver/live_display.hpp"
#include "driver/load/phase_run.hpp"
#include "driver/run/live_view.hpp"
#include "driver/run/load_report.hpp"
#include "driver/run/node_access.hpp"

namespace bank::driver {

/// `bank-driver run` of a load scenario from start to end: reaches or starts the node, opens
/// accounts, runs the phases with their faults, looks up unknown outcomes, judges, stops the node.
/// A signal (SIGINT, SIGTERM, SIGHUP) ends it early with its node; a second one ends it at once.
/// Used once, on the calling thread.
class load_command {
 public:
  load_command(run_options o, scenario s);
  ~load_command();

  load_report execute();

 private:
  task<void> drive();
  task<maybe_problem> prepare();
  task<maybe_problem> run_phases();
  task<void> run_phase(const phase& p, std::uint64_t number);
  task<void> run_search(const phase& p, const rate_search& search, std::uint64_t number);
  task<bool> try_rate(const phase& p, double rate, lifeline::duration length, std::uint64_t place);
  task<measures> run_at(const phase& p, double rate, lifeline::duration length,
                        std::uint64_t place);
  task<maybe_problem> conclude();
  task<void> watch_money();
  task<void> ask_old_questions();
  task<void> show_progress();

  void record(const sample& s);
  void note(const std::string& text, bool is_fault);
  void interrupted(const std::string& why);
  void judge();
  bool keeps_thresholds(const measures& m) const;
  double seconds() const;
  live_state state() const;

  run_options options_;
  scenario scenario_;
  asio::io_context io_{1};
  node_access node_;
  request_plan plan_;
  std::vector<lifeline::ledger::uuid> accounts_;
  asio::ip::tcp::endpoint node_at_;
  std::optional<request_writer> write_;
  std::optional<witness> witness_;
  std::optional<load_ground> ground_;
  std::optional<subscribers> subscribers_;
  std::optional<fault_runner> faults_;
  std::unique_ptr<phase_run> running_;
  traffic counted_;        // by the load
  traffic counted_aside_;  // by preparation and audit
  measures* into_ = nullptr;
  const phase* phase_ = nullptr;
  lifeline::time_point phase_began_;
  lifeline::time_point started_;
  live_display view_;
  std::string latest_fault_;
  timer tick_;
  timer money_tick_;
  bool loading_ = false;
  bool interrupted_ = false;
  load_report report_;
};

}  // namespace bank::driver
