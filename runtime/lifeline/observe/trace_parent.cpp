#include "lifeline/observe/trace_parent.hpp"

#include <algorithm>
#include <cstring>
#include <random>

namespace lifeline {

namespace {

constexpr std::size_t length_of_00 = 55;

/// Upper case counts as malformed.
int digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool read_hex(std::string_view text, std::span<std::uint8_t> to) noexcept {
  for (std::size_t i = 0; i < to.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    to[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

bool is_zero(std::span<const std::uint8_t> bytes) noexcept {
  return std::ranges::all_of(bytes, [](std::uint8_t b) { return b == 0; });
}

/// xorshift64* (Vigna, 2016), one generator per thread.
std::uint64_t random_word() noexcept {
  thread_local std::uint64_t state = [] {
    std::random_device seed;
    return (std::uint64_t{seed()} << 32) | seed() | 1U;
  }();
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * 0x2545F4914F6CDD1DULL;
}

template <class Id>
Id random_id() noexcept {
  Id id{};
  do {
    for (std::size_t i = 0; i < id.size(); i += sizeof(std::uint64_t)) {
      const std::uint64_t word = random_word();
      std::memcpy(id.data() + i, &word, sizeof word);
    }
  } while (is_zero(id));
  return id;
}

}  // namespace

std::optional<trace_parent> parse_traceparent(std::string_view header) noexcept {
  if (header.size() < length_of_00) return std::nullopt;
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  trace_parent p;
  const bool is_whole =
      header[2] == '-' && header[35] == '-' && header[52] == '-' &&
      read_hex(header.substr(0, 2), version) && read_hex(header.substr(3, 32), p.trace) &&
      read_hex(header.substr(36, 16), p.span) && read_hex(header.substr(53, 2), flags);
  if (!is_whole || version[0] == 0xff || is_zero(p.trace) || is_zero(p.span)) return std::nullopt;
  const bool is_longer = header.size() > length_of_00;
  if (is_longer && (version[0] == 0 || header[length_of_00] != '-')) return std::nullopt;
  p.sampled = (flags[0] & 1U) != 0;
  return p;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t b : bytes) {
    text += digits[b >> 4U];
    text += digits[b & 15U];
  }
  return text;
}

std::string to_traceparent(const trace_parent& p) {
  return "00-" + to_hex(p.trace) + '-' + to_hex(p.span) + (p.sampled ? "-01" : "-00");
}

trace_id new_trace_id() noexcept { return random_id<trace_id>(); }
span_id new_span_id() noexcept { return random_id<span_id>(); }

}  // namespace lifeline
