#pragma once

#include <deque>
#include <functional>
#include <string>

#include "bank/driver/events/event_reader.hpp"
#include "bank/driver/history/event_checker.hpp"
#include "bank/driver/load/load_connection.hpp"
#include "bank/driver/load/request_writer.hpp"
#include "bank/driver/scenario/scenario.hpp"
#include "bank/driver/task_group.hpp"

namespace bank::driver {

/// Listens to the node's events: some as fast as they come, some slowly, some not at all. A
/// connection that breaks is made anew, where the node is to go on where it was. What the fast and
/// the slow hear goes to the checker. One thread.
class subscribers {
 public:
  struct parts {
    asio::io_context& io;
    asio::ip::tcp::endpoint node;
    const request_writer& write;
    event_checker& checker;
    /// Told how long it took from a request to its event.
    std::function<void(lifeline::duration)> heard_after;
  };
  subscribers(parts p, const subscriber_counts& counts);

  /// Returns when everybody listens, or could not within a few seconds.
  task<bool> start();
  /// Nobody reads until `resume`.
  void pause_all() { paused_ = true; }
  void resume();
  /// Returns when the fast have heard of all that was acknowledged, or gave up waiting.
  task<void> catch_up(lifeline::duration limit);
  task<void> stop();

  std::uint64_t bytes() const noexcept { return counted_.bytes_in; }

 private:
  enum class pace : std::uint8_t { fast, slow, stalled };
  struct listener {
    listener(const parts& p, traffic& t, pace how, std::size_t n)
        : speed(how), number(n), connection(p.io, p.node, t), wakes(p.io.get_executor()) {}
    pace speed;
    std::size_t number;
    load_connection connection;
    timer wakes;
    event_reader reader;
    bool listens = false;
  };

  task<void> listen(listener& l);
  task<void> follow(listener& l);
  task<void> wait_while_idle(listener& l);
  void take_events(listener& l);

  parts parts_;
  traffic counted_;
  std::deque<listener> all_;
  timer tick_;
  bool paused_ = false;
  bool stopped_ = false;
  task_group group_;
};

}  // namespace bank::driver
