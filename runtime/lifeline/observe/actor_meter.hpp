#pragma once

#include <string>

#include "lifeline/observe/metrics.hpp"

namespace lifeline {

/// Figures of the actors of one kind: messages handled and, for one message in `every`, the run
/// time of the handler and the mailbox depth behind it. Safe from any thread; outlives its actors.
struct actor_meter {
  static constexpr std::uint32_t every = 16;

  /// The metrics have the label `kind`.
  actor_meter(metrics& to, const std::string& kind, clock& measured_by);

  clock& time;
  counter& messages;
  histogram& handler_time;
  histogram& depth;
};

}  // namespace lifeline
