#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lifeline/actors/breaker_state.hpp"
#include "lifeline/actors/ttl_cache.hpp"
#include "lifeline/context/context.hpp"
#include "lifeline/work/single_flight.hpp"

namespace lifeline::actors {

/// What a second tier knows of a key.
struct tier_finding {
  cached_bytes value = {};           ///< null: it is known that there is nothing
  duration age = duration::zero();   ///< since it was loaded, by the tier's own clock
  duration left = duration::zero();  ///< until its end, likewise
};
/// Nothing: it is not there, or could not be had in time.
using tier_landing = landing<std::optional<tier_finding>>;

struct tier_figures {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;   ///< the tier said that it has nothing
  std::uint64_t skipped = 0;  ///< not asked: the circuit is open, or too much waits
  std::uint64_t failed = 0;   ///< asked in vain: an error, or no answer in time
  std::uint64_t sets = 0;
  std::uint64_t lost_sets = 0;  ///< never sent, or not known to have arrived
  std::uint64_t erasures = 0;
  std::uint64_t connects = 0;
  std::uint64_t waiting = 0;  ///< now
  circuit breaker = circuit::closed;
};

/// A second tier of a cache: slower and larger than the shard before it, perhaps outside of the
/// process. A shard asks it for what it does not have, before it loads, and gives it what it has
/// loaded. It may lose anything at any time and never fails: what can't be had is a miss.
///
/// All functions are safe from any thread and never block. Outlives the shards that use it.
class cache_tier {
 public:
  cache_tier() = default;
  cache_tier(const cache_tier&) = delete;
  cache_tier& operator=(const cache_tier&) = delete;
  virtual ~cache_tier() = default;

  /// Says soon what there is, from any thread or at once, whatever state the tier is in.
  virtual void get(const context& ctx, const std::string& key, tier_landing done) = 0;
  /// Keeps it for `left`, if it can.
  virtual void set(const std::string& key, cached_bytes value, duration left) = 0;
  /// No `get` that begins after this call finds what was set before it, whether or not the tier can
  /// be reached. Says `true`, soon, when others who share the tier don't find it either, or it
  /// can't be helped.
  virtual void erase(std::vector<std::string> keys, landing<bool> done) = 0;
  /// The same at once, for all keys that begin so; it may forget more than these.
  virtual void erase_prefix(std::string_view prefix) = 0;

  virtual tier_figures figures() const = 0;
};

}  // namespace lifeline::actors
