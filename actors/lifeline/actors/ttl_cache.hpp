#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lifeline/actors/detail/huge_pages.hpp"
#include "lifeline/actors/s3_fifo.hpp"
#include "lifeline/time/clock.hpp"

namespace lifeline::actors {

/// What is cached: bytes that never change, shared by all who read them. Null says that there is
/// nothing under the key, which is worth knowing, too.
using cached_bytes = std::shared_ptr<const std::string>;

struct ttl_cache_options {
  std::size_t most_entries = 100'000;
  /// Of keys, values and what an entry costs beside them.
  std::size_t most_bytes = std::size_t{64} << 20;
  duration ttl = std::chrono::minutes(5);
  /// How long it is known that there is nothing.
  duration negative_ttl = std::chrono::seconds(30);
  /// What part of a time to live is left to chance, 0 to 1, so that what came together does not go
  /// together: a time of d becomes one between (1 − jitter) d and d.
  double jitter = 0.1;
  /// So long before its end an entry that is asked for is worth loading anew; zero: never.
  duration refresh_ahead = std::chrono::minutes(1);
  /// So long after its end an entry may stand in while the true value can't be had.
  duration stale_for = std::chrono::minutes(10);
  std::uint64_t seed = 0;  ///< of chance, and of the hash; another one in each process
};

/// What a cache knows about a key.
struct cache_finding {
  enum class freshness : std::uint8_t { absent, fresh, stale };

  freshness how = freshness::absent;
  cached_bytes value = {};  ///< null also if it is known that there is nothing
  duration age = duration::zero();
  duration left = duration::zero();  ///< until its end; below zero once that is past
  bool wants_refresh = false;        ///< fresh, but not for long
};

struct ttl_cache_figures {
  std::uint64_t hits = 0;  ///< of those, `negative` found that there is nothing
  std::uint64_t negative = 0;
  std::uint64_t stale = 0;  ///< found, but past its end
  std::uint64_t misses = 0;
  std::uint64_t evicted = 0;
  std::uint64_t erased = 0;
  std::uint64_t refused_fills = 0;  ///< came after their key was erased, or were too large
};

/// The pure core of a cache shard: entries with an end, bounded in number and bytes, evicted by
/// S3-FIFO. Time is an argument. Not safe from two threads.
///
/// A value that is loaded may be out of date before it arrives. So loading begins with `begin_fill`
/// and ends with `finish_fill`, which keeps the value only if its key was not erased meanwhile:
/// whoever erases after a write never sees an older value come back.
class ttl_cache {
 public:
  explicit ttl_cache(const ttl_cache_options& options);
  ttl_cache(const ttl_cache&) = delete;
  ttl_cache& operator=(const ttl_cache&) = delete;

  cache_finding get(std::string_view key, time_point now);
  /// What is fresh and wants no refresh, as `get` would give it. Else none, and it is as if nobody
  /// had asked.
  std::optional<cache_finding> get_settled(std::string_view key, time_point now);
  /// Keeps a value, for the time that the options say or for `ttl`. One that is larger than the
  /// whole cache is not kept. Loads that are under way for the key will not be kept, either.
  void set(std::string_view key, cached_bytes value, time_point now,
           std::optional<duration> ttl = std::nullopt);
  /// Forgets the key, and loads that are under way for it.
  void erase(std::string_view key);
  /// The same for all keys that begin so; how many entries there were.
  std::size_t erase_prefix(std::string_view prefix);

  /// Names a new load; no other ever has that name. One that is under way for the key counts no
  /// longer.
  std::uint64_t begin_fill(std::string_view key);
  /// The load under way whose value would be kept; none if there is none.
  std::optional<std::uint64_t> filling(std::string_view key) const;
  /// Keeps what was loaded, `age` ago; false if the load counts no longer.
  bool finish_fill(std::string_view key, std::uint64_t fill, cached_bytes value, time_point now,
                   std::optional<duration> ttl = std::nullopt, duration age = duration::zero());
  /// The load came to nothing; false if it counted no longer anyhow.
  bool abandon_fill(std::string_view key, std::uint64_t fill);

  std::size_t entries() const noexcept { return order_.entries(); }
  std::size_t bytes() const noexcept { return order_.bytes(); }
  const ttl_cache_figures& figures() const noexcept { return figures_; }

 private:
  using slot = s3_fifo::slot;
  static constexpr slot none = UINT32_MAX;

  /// A hit reads all of it: one line of the processor's cache, if the key is short.
  struct alignas(64) entry {
    std::string key;
    cached_bytes value;
    time_point stored{};
    time_point ends{};
  };
  /// Where entries stand by a part of their hash: open addressing, deletion by moving up.
  struct place {
    std::uint32_t tag = 0;
    slot at = none;
  };
  struct by_key {
    using is_transparent = void;
    const ttl_cache* cache;
    std::string_view key_of(slot s) const { return cache->entries_[s].key; }
    bool operator()(slot a, slot b) const { return key_of(a) < key_of(b); }
    bool operator()(slot a, std::string_view b) const { return key_of(a) < b; }
    bool operator()(std::string_view a, slot b) const { return a < key_of(b); }
  };

  slot slot_of(std::string_view key) const noexcept;
  bool is_due(const entry& e, duration left) const noexcept;
  cache_finding found(slot s, duration left, time_point now);
  std::size_t find_place(std::string_view key, std::uint64_t hash) const noexcept;
  std::uint64_t hash_of(std::string_view key) const noexcept;
  std::size_t home_of(const place& p) const noexcept { return p.tag & (places_.size() - 1); }
  void grow();
  void put(std::string_view key, cached_bytes value, time_point now, std::optional<duration> ttl,
           duration age = duration::zero());
  slot add(std::string_view key, std::uint64_t hash, std::size_t bytes);
  void remove(slot s);
  void clear_place(std::size_t at);
  duration life_of(const cached_bytes& value, std::optional<duration> ttl);

  ttl_cache_options options_;
  std::mt19937_64 chance_;
  template <class T>
  using table = std::vector<T, detail::huge_page_allocator<T>>;

  table<entry> entries_;
  std::vector<slot> free_;
  table<place> places_;
  s3_fifo order_;
  std::set<slot, by_key> sorted_;
  std::map<std::string, std::uint64_t, std::less<>> fills_;
  std::uint64_t last_fill_ = 0;
  ttl_cache_figures figures_;
};

}  // namespace lifeline::actors
