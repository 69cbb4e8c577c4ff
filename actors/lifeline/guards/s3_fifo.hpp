#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace lifeline::guards {

/// Hashes of the last `most` evicted entries, a few bytes each. It may drop one early, or confuse
/// two hashes, once in a few thousand; that only makes eviction slightly worse.
class ghost_list {
 public:
  explicit ghost_list(std::size_t most);

  void add(std::uint64_t hash) noexcept;
  /// True if it was in the list; removes it.
  bool take(std::uint64_t hash) noexcept;

 private:
  struct mark {
    std::uint32_t tag = 0;
    std::uint32_t number = 0;  // order of insertion; 0: empty
  };
  using set = std::array<mark, 4>;
  static std::uint32_t tag_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> 32);
  }
  set& set_of(std::uint64_t hash) noexcept { return sets_[hash & (sets_.size() - 1)]; }
  bool is_new(const mark& m) const noexcept { return m.number != 0 && last_ - m.number < most_; }

  std::uint32_t most_;
  std::uint32_t last_ = 0;
  std::vector<set> sets_;
};

/// Chooses the entry to evict from a full cache: S3-FIFO (Yang et al., "FIFO queues are all you
/// need for cache eviction", SOSP 2023). New entries pass through a small queue, a tenth of the
/// whole. Only those read again there, or coming back soon after, reach the main queue; so a scan
/// does not displace it. A hit changes one counter and no order. Entries are known by their slot
/// number. A pure core.
class s3_fifo {
 public:
  using slot = std::uint32_t;

  /// Maximum of entries and of bytes, both queues together.
  s3_fifo(std::size_t most_entries, std::size_t most_bytes);

  void insert(slot s, std::uint64_t hash, std::size_t bytes);
  void hit(slot s) noexcept {
    if (uses_[s] < 3) ++uses_[s];
  }
  /// The entry was removed for another reason than lack of room.
  void erase(slot s) noexcept;
  void resize(slot s, std::size_t bytes) noexcept;

  bool is_over() const noexcept { return entries() > most_entries_ || bytes() > most_bytes_; }
  /// Removes and returns the entry to evict; empty if there is none.
  std::optional<slot> evict();

  std::size_t entries() const noexcept { return small_.entries + main_.entries; }
  std::size_t bytes() const noexcept { return small_.bytes + main_.bytes; }

 private:
  static constexpr slot none = UINT32_MAX;
  enum class place : std::uint8_t { nowhere, small, main };

  struct node {
    slot prev = none;  // the next newer entry
    slot next = none;  // the next older entry
    std::size_t bytes = 0;
    std::uint64_t hash = 0;
    place where = place::nowhere;
  };
  struct queue {
    slot newest = none;
    slot oldest = none;
    std::size_t entries = 0;
    std::size_t bytes = 0;
  };

  queue& queue_of(place where) noexcept { return where == place::small ? small_ : main_; }
  void push(slot s, place where) noexcept;
  void unlink(slot s) noexcept;
  bool small_is_due() const noexcept;
  std::optional<slot> evict_small();
  std::optional<slot> evict_main();

  std::size_t most_entries_;
  std::size_t most_bytes_;
  std::vector<node> nodes_;
  std::vector<std::uint8_t> uses_;  // a separate dense array, so that a hit stays in the CPU cache
  queue small_;
  queue main_;
  ghost_list ghosts_;
};

}  // namespace lifeline::guards
