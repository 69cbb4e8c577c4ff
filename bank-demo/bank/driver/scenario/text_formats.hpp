#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bank::driver {

// The small texts of a scenario file that are more than a text: "200ms", "40%", "< 50ms",
// "hold+10s". Each has a reader here and, for editors, a pattern; the tests hold them together.

/// "1.5s", "200ms", "3us", "2m", "1h".
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);
/// "40%" as 0.4; from 0 to 100.
std::optional<double> parse_share(std::string_view text);

/// What a threshold's bound counts in.
enum class bound_unit : std::uint8_t { milliseconds, per_second, share };
struct bound {
  bool below = true;
  double value = 0;  ///< in the unit; a share from 0 to 1
};
/// "< 50ms", "> 4000/s", "< 0.1%".
std::optional<bound> parse_bound(std::string_view text, bound_unit unit);

/// A time in the scenario: "hold+10s" is ten seconds after the phase "hold" begins.
struct moment {
  std::string phase;
  std::chrono::nanoseconds after{0};
};
std::optional<moment> parse_moment(std::string_view text);

/// An ISO 4217 code that the bank knows.
bool is_currency(std::string_view text);

/// One of the formats above, as a scenario's shape names it.
struct text_format {
  const char* must;     ///< "must be like \"200ms\""
  const char* pattern;  ///< ECMAScript, as JSON Schema has it
  bool (*accepts)(std::string_view);
};

extern const text_format duration_format;
extern const text_format share_format;
extern const text_format name_format;
extern const text_format moment_format;
extern const text_format currency_format;
extern const text_format latency_bound_format;
extern const text_format rate_bound_format;
extern const text_format share_bound_format;

}  // namespace bank::driver
