#pragma once

#include <memory>

#include "driver/load/load_connection.hpp"
#include "driver/load/phase_run.hpp"
#include "driver/run/live_view.hpp"
#include "driver/run/load_report.hpp"

namespace bank::driver {

request_plan plan_of(const scenario& s);

/// Runs a scenario's phases one after another, over HTTP or in process, and writes their results
/// to the report. One thread; used once; its arguments outlive it.
class load_phases {
 public:
  struct parts {
    asio::io_context& io;
    const scenario& wanted;
    const request_plan& plan;
    witness& sees;
    const traffic& counted;  ///< the load's bytes
    std::function<std::unique_ptr<bank_door>()> make_door;
    load_report& report;
  };
  explicit load_phases(parts p);

  /// The phases begin now.
  void begin();
  /// Runs the scenario's phase of this index.
  task<void> run(std::size_t index);
  /// Ends the running phase early.
  void stop();

  /// The time from a request to its event.
  void heard_after(lifeline::duration d);
  /// Time since the beginning.
  double seconds() const;
  /// As far as the phases know it.
  live_state state() const;

 private:
  task<void> run_search(const phase& p, const rate_search& search, std::uint64_t place);
  task<bool> try_rate(const phase& p, double rate, lifeline::duration length, std::uint64_t place);
  task<void> run_load(const phase& p, std::uint64_t place);
  void record(const sample& s);
  bool keeps_thresholds(const measures& m) const;

  parts parts_;
  load_ground ground_;
  std::unique_ptr<phase_run> running_;
  measures* into_ = nullptr;  // the running phase's in the report
  const phase* phase_ = nullptr;
  lifeline::time_point phase_began_;
  lifeline::time_point began_;
  bool stopped_ = false;
};

}  // namespace bank::driver
