#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "lifeline/ledger/uuid.hpp"

namespace lifeline::ledger {

/// What a ledger mixes into the identifiers that it derives. Kept in its store, and copied with it;
/// never logged, never shown.
struct ledger_secret {
  std::array<std::uint8_t, 32> bytes{};
  /// Versions that derived identifiers without a secret have kept the ledger before.
  bool had_none = false;
};

/// A new secret's bytes, from the system's random numbers. Throws std::runtime_error without them.
std::array<std::uint8_t, 32> random_secret();

/// Derives identifiers that only this ledger can compute: of version 8, from HMAC-SHA-256 under its
/// secret. The same parts give the same identifier, on every node and after a restart. A value;
/// safe from any thread.
class id_deriver {
 public:
  using parts = std::initializer_list<std::string_view>;

  explicit id_deriver(const ledger_secret& secret) : secret_(secret) {}

  uuid of(parts from) const;

  /// What versions without a secret derived from these parts; nothing if none kept this ledger.
  /// Anybody can compute it: what is found under it must be compared with what was meant.
  std::optional<uuid> without_secret(parts from) const;
  bool had_no_secret() const noexcept { return secret_.had_none; }

 private:
  ledger_secret secret_;
};

}  // namespace lifeline::ledger
