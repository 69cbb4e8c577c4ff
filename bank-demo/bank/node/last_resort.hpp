#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "bank/node/stop_request.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/supervision/shutdown_sequence.hpp"

namespace bank::node {

/// Sees to it that a stop comes to an end. `give_up` is called, on a thread of this object's own,
/// when the sequence has ended and something was abandoned; and when it has not ended within the
/// budget after the stop request, as something holds the clock's thread. It should end the process:
/// a function that never returns can't be ended otherwise.
class last_resort {
 public:
  using give_up = std::function<void(const std::string& why)>;

  last_resort(const stop_request& stop, const lifeline::shutdown_sequence& sequence,
              lifeline::duration budget, give_up end);
  last_resort(const last_resort&) = delete;
  last_resort& operator=(const last_resort&) = delete;
  /// All has ended well.
  ~last_resort();

  /// What the program does now, to be named; a literal.
  void doing(const char* what) noexcept { doing_ = what; }

 private:
  void watch(const lifeline::shutdown_sequence& sequence, lifeline::duration budget,
             const give_up& end) const;

  std::atomic<const char*> doing_{"starting"};
  lifeline::cancel_scope asked_;
  lifeline::cancel_scope all_well_;
  std::thread thread_;
};

/// What a sequence had to abandon, in one line; empty if nothing.
std::string names_of(const lifeline::shutdown_result& r);

}  // namespace bank::node
