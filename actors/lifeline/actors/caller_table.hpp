#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "lifeline/actors/token_bucket.hpp"

namespace lifeline::actors {

/// A caller's name as its buckets know it: 128 bits of a hash that outsiders can't foresee. Two
/// callers share a bucket only if all of these agree.
struct caller_key {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend bool operator==(const caller_key&, const caller_key&) = default;
  friend auto operator<=>(const caller_key&, const caller_key&) = default;
};

/// A bucket for each of many callers, all on the same terms, in 32 bytes and some air for each. A
/// pure core. Who rests until its bucket is full is forgotten without loss: an unknown caller's
/// bucket is full, too. So the table is swept when it would grow, one of its 64 parts at a time.
///
/// Never more than about `most` callers are kept: beyond, those are forgotten whose buckets are the
/// fullest, which is the least that can be given away.
class caller_table {
 public:
  /// `seed`: of the hash; another one in each process.
  caller_table(const bucket_terms& terms, std::size_t most, std::uint64_t seed);

  caller_key key_of(std::string_view caller) const noexcept;

  /// The caller's level, refilled; full if it was unknown. Valid until the next call.
  bucket_level& of(const caller_key& key, time_point now);
  /// The same without keeping a newcomer.
  bucket_level peek(const caller_key& key, time_point now) const;

  const bucket_terms& terms() const noexcept { return terms_; }
  /// Tokens that a caller has stay, as far as they fit.
  void set_terms(const bucket_terms& terms, time_point now);

  /// How many callers are kept; idle ones may be among them.
  std::size_t size() const noexcept;
  /// What is allocated.
  std::size_t bytes() const noexcept;

 private:
  struct entry {
    caller_key key;
    bucket_level level;
  };
  struct part {
    std::vector<entry> slots;  // a power of two; a key of zeros is none
    std::size_t used = 0;

    /// The entry of `key`, or the empty slot where it would stand.
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

}  // namespace lifeline::actors
