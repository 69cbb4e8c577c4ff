#pragma once

#include <cmath>
#include <cstdint>

#include "lifeline/ledger/values/uuid.hpp"

namespace bank::driver {

/// Random numbers for one request (SplitMix64). They depend only on the constructor's arguments,
/// not on other requests or on time, so the same seed makes the same requests.
class draws {
 public:
  draws(std::uint64_t seed, std::uint64_t where, std::uint64_t index) noexcept
      : state_(mixed(mixed(seed) ^ where * 0x9e3779b97f4a7c15ULL) ^ index * 0xd1342543de82ef95ULL) {
  }

  std::uint64_t next() noexcept { return mixed(state_ += 0x9e3779b97f4a7c15ULL); }
  /// From 0 (inclusive) to 1.
  double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// From 0 to `n` - 1.
  std::uint64_t below(std::uint64_t n) noexcept {
    return static_cast<std::uint64_t>(unit() * static_cast<double>(n));
  }
  std::int64_t between(std::int64_t from, std::int64_t to) noexcept {
    return from + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(to - from) + 1));
  }
  /// With mean 1.
  double exponential() noexcept { return -std::log1p(-unit()); }
  /// A UUID of version 8, made of two draws.
  lifeline::ledger::uuid id() noexcept {
    lifeline::ledger::uuid::bytes_type bytes;
    for (std::size_t half = 0; half < 2; ++half)
      for (std::uint64_t left = next(), i = 0; i < 8; ++i, left >>= 8)
        bytes[half * 8 + i] = static_cast<std::uint8_t>(left);
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x80);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    return lifeline::ledger::uuid(bytes);
  }

 private:
  static constexpr std::uint64_t mixed(std::uint64_t z) noexcept {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace bank::driver
