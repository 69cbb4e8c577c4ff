#pragma once

#include <memory>
#include <string>

#include "bank/api/cache/read_cache_options.hpp"
#include "lifeline/guards/remote_tier.hpp"
#include "lifeline/observe/metrics.hpp"

namespace bank::node {

/// The second tier of the read cache, on a Redis server. Nodes may share the server, and its
/// entries outlive them. The server may be missing at any time: that is logged and counted.
class redis_cache {
 public:
  /// Works until `life` ends. The URL of the options must be valid. `to` gets the metrics and
  /// outlives it; null: none.
  redis_cache(const lifeline::context& life, const api::read_cache_options& options,
              lifeline::metrics* to);

  std::shared_ptr<lifeline::guards::cache_tier> tier() const { return tier_; }

 private:
  std::shared_ptr<lifeline::guards::remote_tier> tier_;
  lifeline::metrics::collector collector_;
};

}  // namespace bank::node
