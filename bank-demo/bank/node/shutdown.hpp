#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "bank/node/stop_request.hpp"
#include "lifeline/context/context.hpp"

namespace bank::node {

/// What a stop does to the node's parts, in this order.
struct stop_steps {
  std::function<void()> stop_accepting;
  /// Waits for the running requests; true if none is left.
  std::function<bool(const lifeline::context&)> drain;
  std::function<void()> cancel_requests;
  std::function<std::size_t()> running_requests;
  /// Waits for the ledger; true if nothing is in flight.
  std::function<bool(const lifeline::context&)> stop_ledger;
  std::function<std::size_t()> in_flight;
};

/// Stops accepting, lets requests finish, stops the ledger. `budget` is for the whole stop:
/// requests may run for half of it and are then cancelled (answered so, they are no loss), what is
/// cancelled has a tenth to answer, the ledger has until nine tenths; the last tenth is left for
/// closing. Time that one does not use is the next one's. Gives a sentence for each thing that had
/// to be abandoned.
std::vector<std::string> stop_in_order(const lifeline::context& root, lifeline::duration budget,
                                       const stop_steps& steps);

/// Sees to it that a stop comes to an end: once the budget after a stop request is over and this
/// object still lives, `give_up` is called with what was being done. It should end the process: a
/// function that never returns can't be ended otherwise.
class last_resort {
 public:
  using give_up = std::function<void(const char* doing)>;

  last_resort(const stop_request& stop, lifeline::duration budget, give_up end);
  last_resort(const last_resort&) = delete;
  last_resort& operator=(const last_resort&) = delete;
  ~last_resort();

  /// What the program does now, to be named; a literal.
  void doing(const char* what) noexcept { doing_ = what; }

 private:
  std::atomic<const char*> doing_{"starting"};
  lifeline::cancel_scope asked_;
  lifeline::cancel_scope over_;
  std::thread thread_;
};

}  // namespace bank::node
