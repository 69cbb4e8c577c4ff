#pragma once

#include <string_view>
#include <system_error>

namespace lifeline::actors {

/// Why a guard turned a piece of work away, before any of it was done.
enum class refusal {
  none = 0,
  /// The circuit is open: what it leads to has failed too often.
  circuit_open = 1,
  /// The circuit is being tried, and enough are trying.
  circuit_probing = 2,
  /// As many are under way as can be, and as many wait as may.
  overloaded = 3,
  /// What time is left is less than such work usually takes.
  cannot_finish = 4,
};

std::string_view to_string(refusal r) noexcept;
const std::error_category& refusal_category() noexcept;
inline std::error_code make_error_code(refusal r) noexcept {
  return {static_cast<int>(r), refusal_category()};
}

}  // namespace lifeline::actors

template <>
struct std::is_error_code_enum<lifeline::actors::refusal> : std::true_type {};
