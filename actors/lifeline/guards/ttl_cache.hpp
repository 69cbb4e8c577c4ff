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

#include "lifeline/guards/detail/huge_pages.hpp"
#include "lifeline/guards/s3_fifo.hpp"
#include "lifeline/time/clock.hpp"

namespace lifeline::guards {

/// A cached value: immutable bytes, shared by all readers. Null: known not to exist.
using cached_bytes = std::shared_ptr<const std::string>;

struct ttl_cache_options {
  std::size_t most_entries = 100'000;
  /// Bytes of keys and values, plus the overhead per entry.
  std::size_t most_bytes = std::size_t{64} << 20;
  duration ttl = std::chrono::minutes(5);
  /// Time to live of a key known not to exist.
  duration negative_ttl = std::chrono::seconds(30);
  /// Random part of a time to live, 0 to 1, so that entries made together don't expire together: a
  /// time of d becomes one between (1 − jitter) d and d.
  double jitter = 0.1;
  /// An entry read within this time before its end should be refreshed (0: never).
  duration refresh_ahead = std::chrono::minutes(1);
  /// How long after its end an entry may be returned if loading fails.
  duration stale_for = std::chrono::minutes(10);
  std::uint64_t seed = 0;  ///< of jitter and hash; use a different one in each process
};

/// A cache's entry for a key.
struct cache_finding {
  enum class freshness : std::uint8_t { absent, fresh, stale };

  freshness how = freshness::absent;
  cached_bytes value = {};  ///< null also if known not to exist
  duration age = duration::zero();
  duration left = duration::zero();  ///< time until its end; negative after it
  bool wants_refresh = false;        ///< fresh, but near its end
};

struct ttl_cache_figures {
  std::uint64_t hits = 0;  ///< of these, `negative` found a key known not to exist
  std::uint64_t negative = 0;
  std::uint64_t stale = 0;  ///< found after its end
  std::uint64_t misses = 0;
  std::uint64_t evicted = 0;
  std::uint64_t erased = 0;
  std::uint64_t refused_fills = 0;  ///< their key was erased meanwhile, or they were too large
};

/// The pure core of a cache shard: entries with an end, bounded in number and bytes, evicted by
/// S3-FIFO. Time is an argument. Not safe from two threads.
///
/// A loaded value may be outdated when it arrives. So a load begins with `begin_fill` and ends with
/// `finish_fill`, which keeps the value only if its key was not erased meanwhile. A writer that
/// erases after its write never sees an older value come back.
class ttl_cache {
 public:
  explicit ttl_cache(const ttl_cache_options& options);
  ttl_cache(const ttl_cache&) = delete;
  ttl_cache& operator=(const ttl_cache&) = delete;

  cache_finding get(std::string_view key, time_point now);
  /// A fresh entry that needs no refresh, as `get` would return it. Else empty, and nothing is
  /// counted.
  std::optional<cache_finding> get_settled(std::string_view key, time_point now);
  /// Stores a value for `ttl`, or for the default time. A value larger than the whole cache is not
  /// stored. Running loads of the key become invalid.
  void set(std::string_view key, cached_bytes value, time_point now,
           std::optional<duration> ttl = std::nullopt);
  /// Removes the key and invalidates its running loads.
  void erase(std::string_view key);
  /// The same for all keys with this prefix; returns the number of entries removed.
  std::size_t erase_prefix(std::string_view prefix);

  /// Starts a load and returns its id, which is never reused. An earlier running load of the key
  /// becomes invalid.
  std::uint64_t begin_fill(std::string_view key);
  /// The valid running load of the key; empty if there is none.
  std::optional<std::uint64_t> filling(std::string_view key) const;
  /// Stores a value loaded `age` ago; false if the load is no longer valid.
  bool finish_fill(std::string_view key, std::uint64_t fill, cached_bytes value, time_point now,
                   std::optional<duration> ttl = std::nullopt, duration age = duration::zero());
  /// Ends a load without a value; false if it was no longer valid.
  bool abandon_fill(std::string_view key, std::uint64_t fill);

  std::size_t entries() const noexcept { return order_.entries(); }
  std::size_t bytes() const noexcept { return order_.bytes(); }
  const ttl_cache_figures& figures() const noexcept { return figures_; }

 private:
  using slot = s3_fifo::slot;
  static constexpr slot none = UINT32_MAX;

  /// A hit reads one CPU cache line, if the key is short.
  struct alignas(64) entry {
    std::string key;
    cached_bytes value;
    time_point stored{};
    time_point ends{};
  };
  /// Entries by a part of their hash: open addressing, deletion by moving up.
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

}  // namespace lifeline::guards
