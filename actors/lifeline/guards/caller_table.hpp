#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "lifeline/guards/token_bucket.hpp"

namespace lifeline::guards {

/// A caller's name, as 128 bits of a keyed hash that outsiders can't predict. Two callers share a
/// bucket only if all bits are equal.
struct caller_key {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend bool operator==(const caller_key&, const caller_key&) = default;
  friend auto operator<=>(const caller_key&, const caller_key&) = default;
};

/// One token bucket for each of many callers, all with the same terms, in 32 bytes plus free slots
/// each. A pure core. A caller whose bucket is full again is removed without loss, because an
/// unknown caller's bucket is full, too. The table is swept when it would grow, one of its 64 parts
/// at a time.
///
/// It keeps about `most` callers. Beyond that, it removes the callers with the fullest buckets,
/// which gives away the fewest tokens.
class caller_table {
 public:
  /// `seed` of the hash; use a different one in each process.
  caller_table(const bucket_terms& terms, std::size_t most, std::uint64_t seed);

  caller_key key_of(std::string_view caller) const noexcept;

  /// The caller's level, refilled; full if it was unknown. Valid until the next call.
  bucket_level& of(const caller_key& key, time_point now);
  /// The same, without adding an unknown caller.
  bucket_level peek(const caller_key& key, time_point now) const;

  const bucket_terms& terms() const noexcept { return terms_; }
  /// Callers keep their tokens, up to the new burst.
  void set_terms(const bucket_terms& terms, time_point now);

  /// Number of callers kept, idle ones included.
  std::size_t size() const noexcept;
  /// Allocated memory in bytes.
  std::size_t bytes() const noexcept;

 private:
  struct entry {
    caller_key key;
    bucket_level level;
  };
  struct part {
    std::vector<entry> slots;  // size is a power of two; an all-zero key: empty slot
    std::size_t used = 0;

    /// The entry of `key`, or the empty slot for it.
    const entry& at(const caller_key& key) const;
    entry& at(const caller_key& key) { return const_cast<entry&>(std::as_const(*this).at(key)); }
    void put(const entry& e);
    bool crowded() const noexcept { return used * 4 >= slots.size() * 3; }
  };

  part& part_of(const caller_key& key) noexcept { return parts_[key.high >> 58]; }
  const part& part_of(const caller_key& key) const noexcept { return parts_[key.high >> 58]; }
  void sweep(part& p, time_point now);

  bucket_terms terms_;
  std::size_t most_in_part_;
  std::uint64_t seed_;
  std::array<part, 64> parts_;
};

}  // namespace lifeline::guards
