#pragma once

#include <deque>
#include <functional>

#include "bank/driver/events/subscribers.hpp"
#include "bank/driver/node_process.hpp"
#include "bank/driver/proxy/fault_proxy.hpp"
#include "bank/driver/scenario/scenario.hpp"

namespace bank::driver {

/// Carries out a scenario's faults at their times. One thread.
class fault_runner {
 public:
  struct parts {
    asio::io_context& io;
    node_process* node = nullptr;         ///< the driver's own
    std::uint16_t port = 0;               ///< where that node listens, and will again
    proxy::fault_proxy* store = nullptr;  ///< before PostgreSQL
    subscribers* listeners = nullptr;
    /// For the report's time line: what began or ended.
    std::function<void(const std::string&)> note;
  };
  explicit fault_runner(parts p) : parts_(std::move(p)), group_(parts_.io) {}

  /// A phase begins, which lasts so long: its faults are due from now on.
  void begin_phase(const std::string& name, const std::vector<fault>& all,
                   lifeline::duration length);
  /// Returns when the phase's faults have ended; those that come again do so no more.
  task<void> end_phase();
  /// No fault begins any more.
  void stop();

  /// A node that did not come back, or did not end as it should.
  const maybe_problem& failure() const noexcept { return failure_; }
  bool is_restarting() const noexcept { return restarting_; }
  std::size_t count() const noexcept { return count_; }

 private:
  task<void> run(fault f, lifeline::time_point phase_begin, lifeline::time_point phase_end);
  task<void> hold(timer& t, lifeline::duration length);
  task<void> carry_out(const fault& f, timer& t);
  task<void> kill_and_restart();
  task<void> stop_and_restart();
  task<void> start_again();
  task<void> break_store(const store_fault& f, timer& t);

  parts parts_;
  task_group group_;
  std::deque<timer> timers_;
  maybe_problem failure_;
  bool restarting_ = false;
  bool phase_over_ = false;
  bool stopped_ = false;
  std::size_t count_ = 0;
};

/// What the proxy is told.
proxy::faults to_proxy_faults(const store_fault& f);

}  // namespace bank::driver
