#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "driver/load/bank_client.hpp"
#include "driver/task_group.hpp"

namespace bank::driver {

/// Runs the load of one phase. One thread; used once.
///
/// Closed: a fixed number of clients, each with one request in flight, until the time is over.
/// Open: arrivals are due at their times, independent of earlier ones. An arrival takes a free
/// client or creates one; if there is none, it waits, and counts as missed when it is too late.
class phase_run {
 public:
  /// `place` separates this phase's requests from those of others.
  phase_run(load_ground& ground, const request_plan& plan, std::uint64_t place, measures& into);

  task<void> run_closed(const closed_load& load, lifeline::duration length);
  task<void> run_open(const arrival_profile& profile, std::uint64_t seed,
                      lifeline::duration length);
  /// Ends it early.
  void stop();

 private:
  struct client {
    explicit client(load_ground& g) : bank(g), wakes(g.io.get_executor()) {}
    bank_client bank;
    timer wakes;
    bool is_idle = false;
  };
  struct arrival {
    std::uint64_t index = 0;
    lifeline::time_point due;
  };

  task<void> work_closed(client& c, std::uint64_t number, closed_load load);
  task<void> work_open(client& c);
  task<void> arrive(arrival_plan plan);
  void call_client();
  void drop_late();
  std::optional<arrival> take_arrival();

  load_ground& ground_;
  const request_plan& plan_;
  std::uint64_t place_;
  measures& into_;
  std::deque<client> clients_;
  std::vector<client*> idle_;
  std::deque<arrival> due_;
  timer clock_;
  lifeline::time_point begin_;
  lifeline::time_point end_;
  bool all_arrived_ = false;
  bool stopped_ = false;
  task_group group_;
};

}  // namespace bank::driver
