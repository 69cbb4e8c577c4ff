#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lifeline::ledger {

/// An ISO 4217 currency. Only codes in use, funds included; not those without a minor unit
/// (precious metals, XDR and similar). Made by `parse`.
class currency {
 public:
  constexpr currency() noexcept = default;
  static std::optional<currency> parse(std::string_view code) noexcept;

  std::string_view code() const noexcept { return {code_.data(), code_.size()}; }
  /// For inspection.
  std::array<char, 3>& letters() noexcept { return code_; }
  /// Digits after the decimal point: 2 for USD, 0 for JPY, 3 for KWD, 4 for CLF.
  int exponent() const noexcept;

  friend auto operator<=>(const currency&, const currency&) = default;

 private:
  explicit constexpr currency(std::array<char, 3> code) noexcept : code_(code) {}
  std::array<char, 3> code_{'X', 'X', 'X'};
};

/// Amounts and balances are integers of the currency's minor unit, at most 2^53-1 either way, so
/// that every JSON reader reads them exactly.
inline constexpr std::int64_t max_minor = (std::int64_t{1} << 53) - 1;

/// a + b; empty if the sum leaves the range above. Never wraps.
constexpr std::optional<std::int64_t> add_minor(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum) || sum > max_minor || sum < -max_minor)
    return std::nullopt;
  return sum;
}

/// An amount with its currency.
struct money {
  std::int64_t minor = 0;
  currency unit;

  friend bool operator==(const money&, const money&) = default;
};

/// The amount in the currency's major unit: "-12.05" for -1205 of USD, "500" for 500 of JPY.
std::string decimal_text(const money& m);

}  // namespace lifeline::ledger
