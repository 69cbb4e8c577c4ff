#pragma once

#include <string>

#include "lifeline/observe/metrics.hpp"

namespace lifeline {

/// What the actors of one kind have done: how many messages, and of one in `every` how long its
/// handler ran and how many waited behind it. Safe from any thread; outlives its actors.
struct actor_meter {
  static constexpr std::uint32_t every = 16;

  /// With the label `kind`.
  actor_meter(metrics& to, const std::string& kind, clock& measured_by);

  clock& time;
  counter& messages;
  histogram& handler_time;
  histogram& depth;
};

}  // namespace lifeline
