#pragma once

#include <memory>
#include <string>

#include "bank/api/cache/read_cache_options.hpp"
#include "lifeline/actors/remote_tier.hpp"
#include "lifeline/observe/metrics.hpp"

namespace bank::node {

/// The read cache's second tier, at a Redis server. It is this run's alone: all its names there
/// bear a number drawn by chance. For what is kept is named by versions that only this process
/// counts, and another run of the node, after a restart or on another copy of the books, must not
/// take them for its own.
///
/// The server need not be there, now or later: that is a line in the log and a metric.
class redis_cache {
 public:
  /// Works until `life` ends. The options' URL was judged before. `to`, where it counts, outlives
  /// it; null: nowhere.
  redis_cache(const lifeline::context& life, const api::read_cache_options& options,
              lifeline::metrics* to);

  std::shared_ptr<lifeline::actors::cache_tier> tier() const { return tier_; }

 private:
  std::shared_ptr<lifeline::actors::remote_tier> tier_;
  lifeline::metrics::collector collector_;
};

}  // namespace bank::node
