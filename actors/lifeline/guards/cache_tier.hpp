#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lifeline/context/context.hpp"
#include "lifeline/guards/breaker_state.hpp"
#include "lifeline/guards/ttl_cache.hpp"
#include "lifeline/work/single_flight.hpp"

namespace lifeline::guards {

/// A second tier's entry for a key.
struct tier_finding {
  cached_bytes value = {};           ///< null: known not to exist
  duration age = duration::zero();   ///< since it was loaded, by the tier's own clock
  duration left = duration::zero();  ///< until its end, by the same clock
};
/// Empty: not found, or not available in time.
using tier_landing = landing<std::optional<tier_finding>>;

struct tier_figures {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;   ///< the tier does not have the key
  std::uint64_t skipped = 0;  ///< not asked: circuit open, or too many requests wait
  std::uint64_t failed = 0;   ///< an error, or no answer in time
  std::uint64_t sets = 0;
  std::uint64_t lost_sets = 0;  ///< not sent, or not known to have arrived
  std::uint64_t connects = 0;
  std::uint64_t waiting = 0;  ///< waiting now
  circuit breaker = circuit::closed;
};

/// A second tier of a cache: slower and larger than the shard before it, perhaps shared by several
/// processes and older than each of them. So nothing can be erased from it: a key must name one
/// value for ever, for example by a version. A shard asks it for missing values before it loads
/// them, and gives it loaded values. It may lose values at any time and never fails: an unavailable
/// value is a miss.
///
/// All functions are safe from any thread and never block. It must outlive the shards that use it.
class cache_tier {
 public:
  cache_tier() = default;
  cache_tier(const cache_tier&) = delete;
  cache_tier& operator=(const cache_tier&) = delete;
  virtual ~cache_tier() = default;

  /// Reports the entry soon, at once or later, from any thread, in whatever state the tier is.
  virtual void get(const context& ctx, const std::string& key, tier_landing done) = 0;
  /// Stores the value for `left`, if possible.
  virtual void set(const std::string& key, cached_bytes value, duration left) = 0;

  virtual tier_figures figures() const = 0;
};

}  // namespace lifeline::guards
