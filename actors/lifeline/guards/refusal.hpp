#pragma once

#include <string_view>
#include <system_error>

namespace lifeline::guards {

/// Why a guard refused a piece of work before it began.
enum class refusal {
  none = 0,
  /// The circuit is open, after too many failures.
  circuit_open = 1,
  /// The circuit is half-open, and all probes are in use.
  circuit_probing = 2,
  /// The limits of running and of waiting work are reached.
  overloaded = 3,
  /// The time left is less than such work usually takes.
  cannot_finish = 4,
};

std::string_view to_string(refusal r) noexcept;
const std::error_category& refusal_category() noexcept;
inline std::error_code make_error_code(refusal r) noexcept {
  return {static_cast<int>(r), refusal_category()};
}

}  // namespace lifeline::guards

template <>
struct std::is_error_code_enum<lifeline::guards::refusal> : std::true_type {};
