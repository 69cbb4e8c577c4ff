#pragma once

#include <deque>
#include <functional>
#include <string>

#include "driver/events/event_reader.hpp"
#include "driver/history/event_checker.hpp"
#include "driver/http_client.hpp"
#include "driver/scenario/scenario.hpp"
#include "driver/task_group.hpp"

namespace bank::driver {

/// Subscribers to the node's events: fast, slow and stalled ones. After a lost connection a
/// subscriber reconnects and resumes after its last event. The events of fast and slow ones go to
/// the checker. One thread.
class subscribers {
 public:
  struct parts {
    const http_client& node;
    event_checker& checker;
    /// Called with the time from a request to its event.
    std::function<void(lifeline::duration)> record_delay;
  };
  subscribers(parts p, const subscriber_counts& counts);

  /// Returns true when all are subscribed, false if not within a few seconds.
  task<bool> start();
  /// No subscriber reads until `resume`.
  void pause_all() { paused_ = true; }
  void resume();
  /// Returns when fast subscribers have the events of all acknowledged transfers, or the time is
  /// over.
  task<void> catch_up(lifeline::duration limit);
  task<void> stop();

 private:
  enum class pace : std::uint8_t { fast, slow, stalled };
  struct listener {
    listener(const http_client& node, pace how, std::size_t n)
        : speed(how), number(n), connection(node.connect()), wakes(node.io().get_executor()) {}
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
  std::deque<listener> all_;
  timer tick_;
  bool paused_ = false;
  bool stopped_ = false;
  task_group group_;
};

}  // namespace bank::driver
