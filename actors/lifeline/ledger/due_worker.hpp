#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "lifeline/ledger/ledger_store.hpp"

namespace lifeline::ledger {

/// The pure core of what works off open transfers whose time has come: a round lists them in
/// batches and has each executed; what fails stays for the next round, and the rest goes on. An
/// event goes in, what to do next comes out; no actor, no clock, no store.
///
/// In each round the list is read behind the place that was read before, so that transfers that
/// can't be executed now don't stand in the way of those behind them.
class due_worker {
 public:
  struct orders {
    /// Ask the store: `due(now, *list_after, batch)`.
    std::optional<due_place> list_after = {};
    /// Give each to its processor as `execute_due`.
    std::vector<transfer_record> execute = {};
    /// The round is over; the next begins then at the latest, sooner when something becomes due
    /// earlier.
    std::optional<wall_time> sleep_until = {};
  };

  /// `pause`: between two rounds, if something was left, or the store could not be asked.
  explicit due_worker(std::chrono::milliseconds pause, std::chrono::milliseconds longest_sleep)
      : pause_(pause), longest_sleep_(longest_sleep) {}

  /// Nothing while a round runs.
  orders begin(wall_time now);
  /// Nothing: the store could not be asked.
  orders listed(std::optional<due_list> found, wall_time now);
  /// One of `execute` has ended: `left`, if it stays for the next round.
  orders executed(bool left, wall_time now);

  bool running() const noexcept { return running_; }
  std::size_t under_way() const noexcept { return under_way_; }

 private:
  orders end_batch(wall_time now);
  orders end_round(wall_time now);

  std::chrono::milliseconds pause_;
  std::chrono::milliseconds longest_sleep_;
  bool running_ = false;
  bool left_something_ = false;
  std::size_t under_way_ = 0;
  due_place place_;
  wall_time round_began_{};
  std::optional<wall_time> next_;
};

}  // namespace lifeline::ledger
