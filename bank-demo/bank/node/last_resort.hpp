#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "bank/node/stop_request.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/supervision/shutdown_sequence.hpp"

namespace bank::node {

/// Ensures that a stop ends. `give_up` is called, on a thread of this object, when the sequence has
/// ended and something was abandoned, and when the sequence has not ended within the budget after
/// the stop request because the clock's thread is blocked. It should end the process: a function
/// that never returns can't be ended otherwise.
class last_resort {
 public:
  using give_up = std::function<void(const std::string& why)>;

  last_resort(const stop_request& stop, const lifeline::shutdown_sequence& sequence,
              lifeline::duration budget, give_up end);
  last_resort(const last_resort&) = delete;
  last_resort& operator=(const last_resort&) = delete;
  /// The stop has ended; `give_up` is not called any more.
  ~last_resort();

  /// What the program does now, for the log; a literal.
  void doing(const char* what) noexcept { doing_ = what; }

 private:
  void watch(const lifeline::shutdown_sequence& sequence, lifeline::duration budget,
             const give_up& end) const;

  std::atomic<const char*> doing_{"starting"};
  lifeline::cancel_scope asked_;
  lifeline::cancel_scope all_well_;
  std::thread thread_;
};

/// The names of what a sequence had to abandon, in one line; empty if nothing.
std::string names_of(const lifeline::shutdown_result& r);

}  // namespace bank::node
