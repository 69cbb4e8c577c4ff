#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace lifeline::guards::detail {

/// wyhash's mixing step: the 128-bit product of two factors, folded.
inline std::uint64_t mixed(std::uint64_t a, std::uint64_t b) noexcept {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// A keyed hash after wyhash: unpredictable without the seed. Not for stored data.
inline std::uint64_t keyed_hash(std::string_view text, std::uint64_t seed) noexcept {
  constexpr std::uint64_t odd_a = 0xa0761d6478bd642f;
  constexpr std::uint64_t odd_b = 0xe7037ed1a0b428db;
  const char* at = text.data();
  std::size_t left = text.size();
  const auto take = [&](std::size_t n) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, n);
    at += n;
    left -= n;
    return word;
  };
  std::uint64_t hash = mixed(seed ^ odd_a, text.size() ^ odd_b);
  while (left >= 16) {
    const std::uint64_t first = take(8);
    hash = mixed(first ^ odd_a, take(8) ^ hash);
  }
  const std::uint64_t first = take(left < 8 ? left : 8);
  return mixed(hash ^ odd_b, mixed(first ^ odd_a, take(left) ^ hash));
}

}  // namespace lifeline::guards::detail
