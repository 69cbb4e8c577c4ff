#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lifeline/actor/metered.hpp"
#include "lifeline/actors/cache_tier.hpp"
#include "lifeline/actors/cached_value.hpp"
#include "lifeline/actors/detail/shared_core.hpp"
#include "lifeline/observe/loss.hpp"
#include "lifeline/work/single_flight.hpp"

namespace lifeline::actors {

namespace detail {
struct shard_state;
}

/// To a cache shard: what is under the key? Answered with `cache_answered`; what is not there is
/// loaded, if the shard has a loader, once for all who ask meanwhile. Fails as the load does, if no
/// stale entry can stand in.
struct get_cached {
  std::string key;
};
template <class Inspector>
auto inspect(Inspector& f, get_cached& x) {
  return fields(f, "get_cached", x, x.key);
}

/// Where an answer came from.
enum class cache_source : std::uint8_t {
  absent,  ///< nowhere: it is not there, and there is no loader
  hit,     ///< from the cache
  loaded,  ///< it was not there, and was loaded
  stale,   ///< from the cache, past its end: the true value can't be had
  second,  ///< from the cache's second tier
};
struct cache_answered {
  std::uint8_t source = 0;  ///< a `cache_source`
  cached_value value{};     ///< no bytes, though `source` is not absent: there is nothing, for sure
  duration age = duration::zero();
  duration left = duration::zero();  ///< until its end; below zero once that is past

  cache_source from() const noexcept { return static_cast<cache_source>(source); }
};
template <class Inspector>
auto inspect(Inspector& f, cache_answered& x) {
  return fields(f, "cache_answered", x, x.source, x.value, x.age, x.left);
}

/// To a shard: keep this, here and in the second tier. Answered with `cache_changed`.
struct set_cached {
  std::string key;
  cached_value value{};
};
template <class Inspector>
auto inspect(Inspector& f, set_cached& x) {
  return fields(f, "set_cached", x, x.key, x.value);
}
/// To a shard: forget the key, or all that begin so. Answered with `cache_changed`: from then on
/// nobody who asks sees a value that was loaded before. So whoever writes waits for this answer
/// before it says that it has written. Of a second tier this holds for those who ask in this
/// process; other processes that share it keep what they had.
struct erase_cached {
  std::string key;
  bool is_prefix = false;
};
template <class Inspector>
auto inspect(Inspector& f, erase_cached& x) {
  return fields(f, "erase_cached", x, x.key, x.is_prefix);
}
struct cache_changed {
  std::uint64_t entries = 0;  ///< in the shard now
};
template <class Inspector>
auto inspect(Inspector& f, cache_changed& x) {
  return fields(f, "cache_changed", x, x.entries);
}

/// To a shard: how is it?
struct ask_cache_figures {
  std::uint8_t unused = 0;
};
template <class Inspector>
auto inspect(Inspector& f, ask_cache_figures& x) {
  return fields(f, "ask_cache_figures", x, x.unused);
}
struct cache_figures {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t hits = 0;
  std::uint64_t negative = 0;  ///< of the hits, those that found that there is nothing
  std::uint64_t stale = 0;     ///< stood in for what could not be loaded
  std::uint64_t misses = 0;
  std::uint64_t second = 0;  ///< of the misses, those that the second tier made good
  std::uint64_t loads = 0;
  std::uint64_t refreshes = 0;  ///< of the loads, those ahead of need
  std::uint64_t evicted = 0;
  std::uint64_t erased = 0;
  std::uint64_t late = 0;  ///< words of loads that nobody waited for any more: they change nothing
};
template <class Inspector>
auto inspect(Inspector& f, cache_figures& x) {
  return fields(f, "cache_figures", x, x.entries, x.bytes, x.hits, x.negative, x.stale, x.misses,
                x.second, x.loads, x.refreshes, x.evicted, x.erased, x.late);
}

/// Begins to load what is under a key, and says the outcome later, from any thread, or at once. It
/// runs on the shard: it must not block. What it throws, before it has said an outcome, is a failed
/// load (`broken_promise`). The context has the values of the first who asked, and ends when nobody
/// waits for it any more; what the load says after that changes nothing.
using cache_loader =
    std::function<void(const context&, const std::string& key, landing<cached_value>)>;

/// What a cache shard has, without a message: who holds this reads on its own thread what is fresh
/// and not due for a refresh; it counts as the shard's hit. Once `erase_cached` or `set_cached` has
/// been answered, nobody finds here what was there before. A handle, cheap to copy; all copies are
/// one, safe from any thread. Nothing is found before it is given to a shard and after that has
/// gone.
///
///     auto a = reader.find(ctx, key);
///     if (!a) …  // ask the shard: get_cached{key}
class cache_reader {
 public:
  cache_reader() : window_(std::make_shared<detail::core_window<ttl_cache>>()) {}

  /// A hit; none if `ctx` is done, or only the shard can tell: ask it.
  std::optional<cache_answered> find(const context& ctx, std::string_view key) const;

 private:
  friend struct detail::shard_state;
  std::shared_ptr<detail::core_window<ttl_cache>> window_;
};

struct cache_shard_options {
  ttl_cache_options cache{};
  cache_loader load = nullptr;
  /// Asked for what is not here, before it is loaded, and given what was loaded or set; null: there
  /// is none. A refresh ahead of need passes it by.
  std::shared_ptr<cache_tier> second = nullptr;
  /// A refresh ahead of need that takes longer is given up.
  duration refresh_timeout = std::chrono::seconds(5);
  /// So many refreshes at a time; what is due beyond is loaded when it is needed.
  std::size_t most_refreshes = 16;
  /// So many may wait for a load; whoever asks beyond is given what is stale, or refused at once,
  /// as `overloaded`.
  std::size_t most_waiting = 10'000;
  /// Reads along as long as the shard lives: one of its own for each shard. None: nobody does.
  std::optional<cache_reader> reader{};
};

/// Spawns a cache shard: an actor around `ttl_cache`. Its life is tied to `life`, whose clock it
/// goes by; who waits when it ends hears `broken_promise`. `losses` and `meter`, if given, outlive
/// it.
caf::actor spawn_cache_shard(caf::actor_system& system, const context& life,
                             cache_shard_options options, loss* losses = nullptr,
                             actor_meter* meter = nullptr);

/// Several shards as one cache: each key has its own. Prefixes belong to all of them.
class cache_shards {
 public:
  cache_shards() = default;
  /// With `readers`, one for each shard, `find` finds what they do.
  cache_shards(std::vector<caf::actor> shards, std::uint64_t seed,
               std::vector<cache_reader> readers = {})
      : shards_(std::move(shards)), readers_(std::move(readers)), seed_(seed) {}

  const caf::actor& of(std::string_view key) const { return shards_[number_of(key)]; }
  std::optional<cache_answered> find(const context& ctx, std::string_view key) const {
    return readers_.empty() ? std::nullopt : readers_[number_of(key)].find(ctx, key);
  }
  const std::vector<caf::actor>& all() const noexcept { return shards_; }

 private:
  std::size_t number_of(std::string_view key) const noexcept;

  std::vector<caf::actor> shards_;
  std::vector<cache_reader> readers_;
  std::uint64_t seed_ = 0;
};

}  // namespace lifeline::actors

#if LIFELINE_CAF_1
namespace lifeline::actors::detail {
struct tier_looked;
struct tier_erased;
struct load_landed;
struct waiter_gone;
}  // namespace lifeline::actors::detail
CAF_BEGIN_TYPE_ID_BLOCK(lifeline_cache_shard,
                        ::lifeline::detail::first_type_id(::lifeline::detail::room::cache_shard))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::actors::cached_value))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::actors::get_cached))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::actors::cache_answered))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::actors::set_cached))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::actors::erase_cached))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::actors::cache_changed))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::actors::ask_cache_figures))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::actors::cache_figures))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::actors::detail::tier_looked))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::actors::detail::tier_erased))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::actors::detail::load_landed))
CAF_ADD_TYPE_ID(lifeline_cache_shard, (lifeline::actors::detail::waiter_gone))
CAF_END_TYPE_ID_BLOCK(lifeline_cache_shard)
#endif
