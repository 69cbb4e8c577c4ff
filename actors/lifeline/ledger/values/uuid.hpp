#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "lifeline/time/clock.hpp"

namespace lifeline::ledger {

/// A universally unique identifier (RFC 9562), as 16 bytes in network order.
class uuid {
 public:
  using bytes_type = std::array<std::uint8_t, 16>;

  constexpr uuid() noexcept = default;
  explicit constexpr uuid(const bytes_type& bytes) noexcept : bytes_(bytes) {}

  /// Version 7: Unix milliseconds, then random bits; in order of time for one process.
  static uuid make_v7(wall_time now);
  /// Version 8, derived: the same parts give the same identifier (SHA-256 over the parts, each with
  /// its length before it). Anyone who knows the parts can compute it; `id_deriver` uses a secret.
  static uuid derive(std::initializer_list<std::string_view> parts);
  /// Version 8, of these bytes; the bits of version and variant are set.
  static uuid of_version_8(const bytes_type& bytes) noexcept;
  /// The 36-character form, any case; nothing else.
  static std::optional<uuid> parse(std::string_view text) noexcept;

  std::string str() const;
  const bytes_type& bytes() const noexcept { return bytes_; }
  bytes_type& bytes() noexcept { return bytes_; }
  bool is_nil() const noexcept { return *this == uuid(); }

  friend auto operator<=>(const uuid&, const uuid&) = default;

 private:
  bytes_type bytes_{};
};

/// A uuid of one kind of thing: an account's id is not a transfer's id.
template <class Tag>
class strong_id : public uuid {
 public:
  constexpr strong_id() noexcept = default;
  explicit constexpr strong_id(const uuid& id) noexcept : uuid(id) {}
  static std::optional<strong_id> parse(std::string_view text) noexcept {
    const auto id = uuid::parse(text);
    return id ? std::optional(strong_id(*id)) : std::nullopt;
  }
  friend auto operator<=>(const strong_id&, const strong_id&) = default;
};

using account_id = strong_id<struct account_tag>;
using transfer_id = strong_id<struct transfer_tag>;

/// Spreads identifiers evenly, also those that clients chose.
inline std::size_t hash_of(const uuid& id) noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, id.bytes().data(), 8);
  std::memcpy(&low, id.bytes().data() + 8, 8);
  // Finalizer of MurmurHash3 over both halves.
  std::uint64_t h = high ^ (low * 0x9e3779b97f4a7c15U);
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdU;
  return static_cast<std::size_t>(h ^ (h >> 33));
}

}  // namespace lifeline::ledger

template <>
struct std::hash<lifeline::ledger::uuid> {
  std::size_t operator()(const lifeline::ledger::uuid& id) const noexcept {
    return lifeline::ledger::hash_of(id);
  }
};
template <class Tag>
struct std::hash<lifeline::ledger::strong_id<Tag>> {
  std::size_t operator()(const lifeline::ledger::strong_id<Tag>& id) const noexcept {
    return lifeline::ledger::hash_of(id);
  }
};
