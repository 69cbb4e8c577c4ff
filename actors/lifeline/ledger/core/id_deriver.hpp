#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "lifeline/ledger/values/uuid.hpp"

namespace lifeline::ledger {

/// The secret that a ledger mixes into derived identifiers. Kept in its store and copied with it;
/// never logged, never shown.
struct ledger_secret {
  std::array<std::uint8_t, 32> bytes{};
  /// True if versions without a secret have used this ledger before.
  bool had_none = false;
};

/// 32 random bytes from the system. Throws std::runtime_error if it has none.
std::array<std::uint8_t, 32> random_secret();

/// Derives identifiers that only this ledger can compute: version 8, from HMAC-SHA-256 with its
/// secret. The same parts give the same identifier, on every node and after a restart. A value;
/// safe from any thread.
class id_deriver {
 public:
  using parts = std::initializer_list<std::string_view>;

  explicit id_deriver(const ledger_secret& secret) : secret_(secret) {}

  uuid of(parts from) const;

  /// The identifier that versions without a secret derived from these parts; empty if no such
  /// version used this ledger. Anyone can compute it, so compare what is found under it with what
  /// was requested.
  std::optional<uuid> without_secret(parts from) const;
  bool had_no_secret() const noexcept { return secret_.had_none; }

 private:
  ledger_secret secret_;
};

}  // namespace lifeline::ledger
