#pragma once

#include <deque>
#include <functional>

#include "driver/events/subscribers.hpp"
#include "driver/node_process.hpp"
#include "driver/proxy/fault_proxy.hpp"
#include "driver/scenario/scenario.hpp"

namespace bank::driver {

/// Injects a scenario's faults at their times. One thread.
class fault_runner {
 public:
  struct parts {
    asio::io_context& io;
    node_process* node = nullptr;         ///< the driver's own
    std::uint16_t port = 0;               ///< the port of that node, also after a restart
    proxy::fault_proxy* store = nullptr;  ///< in front of PostgreSQL
    subscribers* listeners = nullptr;
    /// Called with a text for the report's time line when a fault starts or ends.
    std::function<void(const std::string&)> note;
  };
  explicit fault_runner(parts p) : parts_(std::move(p)), group_(parts_.io) {}

  /// A phase of this length starts; its faults are due from now on.
  void begin_phase(const std::string& name, const std::vector<fault>& all,
                   lifeline::duration length);
  /// Stops repeated faults, and returns when the phase's faults have ended.
  task<void> end_phase();
  /// Starts no more faults.
  void stop();

  /// Set if the node did not restart, or did not stop cleanly.
  const maybe_problem& failure() const noexcept { return failure_; }
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

/// The proxy's faults for a scenario's fault.
proxy::faults to_proxy_faults(const store_fault& f);

}  // namespace bank::driver
