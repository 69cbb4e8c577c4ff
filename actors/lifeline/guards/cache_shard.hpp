#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lifeline/actor/message.hpp"
#include "lifeline/actor/metered.hpp"
#include "lifeline/guards/cache_tier.hpp"
#include "lifeline/guards/cached_value.hpp"
#include "lifeline/guards/detail/shared_core.hpp"
#include "lifeline/observe/loss.hpp"
#include "lifeline/work/single_flight.hpp"

namespace lifeline::guards {

namespace detail {
struct shard_state;
}

/// To a cache shard: reads a key. Answered with `cache_answered`. A missing value is loaded, if the
/// shard has a loader, once for all concurrent requests. Fails as the load does, if there is no
/// stale entry to return.
struct get_cached {
  std::string key;
};
LIFELINE_MESSAGE(get_cached);

/// Source of an answer.
enum class cache_source : std::uint8_t {
  absent,  ///< not in the cache, and there is no loader
  hit,     ///< from the cache
  loaded,  ///< not in the cache, so it was loaded
  stale,   ///< from the cache after its end: loading failed
  second,  ///< from the cache's second tier
};
struct cache_answered {
  std::uint8_t source = 0;  ///< a `cache_source`
  cached_value value{};     ///< no bytes, and source not absent: known not to exist
  duration age = duration::zero();
  duration left = duration::zero();  ///< until its end; negative after it

  cache_source from() const noexcept { return static_cast<cache_source>(source); }
};
LIFELINE_MESSAGE(cache_answered);

/// To a shard: stores a value, here and in the second tier. Answered with `cache_changed`.
struct set_cached {
  std::string key;
  cached_value value{};
};
LIFELINE_MESSAGE(set_cached);
/// To a shard: erases a key, or all keys with a prefix. Answered with `cache_changed`. After the
/// answer, no request gets a value loaded before. So a writer should wait for this answer before it
/// confirms its write. A second tier keeps its values: their keys name them for ever.
struct erase_cached {
  std::string key;
  bool is_prefix = false;
};
LIFELINE_MESSAGE(erase_cached);
struct cache_changed {
  std::uint64_t entries = 0;  ///< in the shard now
};
LIFELINE_MESSAGE(cache_changed);

/// To a shard: requests its figures.
struct ask_cache_figures {
  std::uint8_t unused = 0;
};
LIFELINE_MESSAGE(ask_cache_figures);
struct cache_figures {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t hits = 0;
  std::uint64_t negative = 0;  ///< of the hits: known not to exist
  std::uint64_t stale = 0;     ///< returned because loading failed
  std::uint64_t misses = 0;
  std::uint64_t second = 0;  ///< of the misses: found in the second tier
  std::uint64_t loads = 0;
  std::uint64_t refreshes = 0;  ///< of the loads: early refreshes
  std::uint64_t evicted = 0;
  std::uint64_t erased = 0;
  std::uint64_t late = 0;  ///< results of loads without waiters; they change nothing
};
LIFELINE_MESSAGE(cache_figures);

/// Begins to load the value of a key and reports the outcome, at once or later, from any thread.
/// Runs on the shard: it must not block. An exception before an outcome is a failed load
/// (`broken_promise`). The context has the first request's values and ends when no request waits
/// for the load; outcomes after that change nothing. A value with a time to live of zero answers
/// the waiting requests and is not kept.
using cache_loader =
    std::function<void(const context&, const std::string& key, landing<cached_value>)>;

/// Reads a cache shard without a message. Its holder reads, on its own thread, values that are
/// fresh and not due for a refresh; each counts as a hit of the shard. After `erase_cached` or
/// `set_cached` was answered, it never returns an earlier value. A handle, cheap to copy; all
/// copies are one, safe from any thread. It finds nothing before it is given to a shard and after
/// that shard has ended.
///
///     auto a = reader.find(ctx, key);
///     if (!a) …  // ask the shard: get_cached{key}
class cache_reader {
 public:
  cache_reader() : window_(std::make_shared<detail::core_window<ttl_cache>>()) {}

  /// A hit; empty if `ctx` is done, or if the shard must be asked.
  std::optional<cache_answered> find(const context& ctx, std::string_view key) const;

 private:
  friend struct detail::shard_state;
  std::shared_ptr<detail::core_window<ttl_cache>> window_;
};

struct cache_shard_options {
  ttl_cache_options cache{};
  cache_loader load = nullptr;
  /// Asked before a missing value is loaded, and given values that were loaded or set; null: none.
  /// An early refresh skips it.
  std::shared_ptr<cache_tier> second = nullptr;
  /// Whether the second tier is used for a key; null: for all.
  std::function<bool(const std::string& key)> in_second = nullptr;
  /// Time limit of an early refresh.
  duration refresh_timeout = std::chrono::seconds(5);
  /// Concurrent early refreshes; further keys are loaded when they are needed.
  std::size_t most_refreshes = 16;
  /// Requests waiting for loads; a further request gets a stale value, or `overloaded` at once.
  std::size_t most_waiting = 10'000;
};

/// Spawns a cache shard: an actor around `ttl_cache`. Its life is tied to `life`, whose clock it
/// uses; when it ends, waiting requests get `broken_promise`. `losses` and `meter`, if given, must
/// outlive it. `reader` works as long as the shard lives: use a separate one for each shard.
caf::actor spawn_cache_shard(caf::actor_system& system, const context& life,
                             cache_shard_options options, loss* losses = nullptr,
                             actor_meter* meter = nullptr, const cache_reader& reader = {});

}  // namespace lifeline::guards

#if LIFELINE_CAF_1
namespace lifeline::guards::detail {
struct tier_looked;
struct load_landed;
struct waiter_gone;
}  // namespace lifeline::guards::detail
CAF_BEGIN_TYPE_ID_BLOCK(lifeline_cache_shard,
                        ::lifeline::detail::first_type_id(::lifeline::detail::room::cache_shard))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::guards::cached_value))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::guards::get_cached))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::guards::cache_answered))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::guards::set_cached))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::guards::erase_cached))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::guards::cache_changed))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::guards::ask_cache_figures))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::guards::cache_figures))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::guards::detail::tier_looked))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::guards::detail::load_landed))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::guards::detail::waiter_gone))
CAF_END_TYPE_ID_BLOCK(lifeline_cache_shard)
#endif
