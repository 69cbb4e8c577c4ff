#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bank/json/shape.hpp"

namespace bank::driver {

// Formats of strings in a scenario file: "200ms", "40%", "< 50ms", "hold+10s". Each has a parser
// and, for editors, a pattern; tests compare them.

/// "1.5s", "200ms", "3us", "2m", "1h".
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);
/// "40%" as 0.4; from 0 to 100.
std::optional<double> parse_share(std::string_view text);

/// The unit of a threshold's bound.
enum class bound_unit : std::uint8_t { milliseconds, per_second, share };
struct bound {
  bool below = true;
  double value = 0;  ///< in the unit; a share from 0 to 1
};
/// "< 50ms", "> 4000/s", "< 0.1%".
std::optional<bound> parse_bound(std::string_view text, bound_unit unit);

/// A time in the scenario: "hold+10s" is 10 s after the start of the phase "hold".
struct moment {
  std::string phase;
  std::chrono::nanoseconds after{0};
};
std::optional<moment> parse_moment(std::string_view text);

/// Is it an ISO 4217 code that the bank supports?
bool is_currency(std::string_view text);

extern const json::text_format duration_format;
extern const json::text_format share_format;
extern const json::text_format name_format;
extern const json::text_format moment_format;
extern const json::text_format currency_format;
extern const json::text_format latency_bound_format;
extern const json::text_format rate_bound_format;
extern const json::text_format share_bound_format;

}  // namespace bank::driver
