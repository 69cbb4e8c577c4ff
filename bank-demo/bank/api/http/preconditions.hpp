#pragma once

#include <cstdint>
#include <string_view>

#include "bank/api/http/request.hpp"

namespace bank::api {

/// Result of a request's `If-Match` and `If-None-Match` (RFC 9110, 13.2.2).
enum class conditions : std::uint8_t {
  met,          ///< perform the method
  not_matched,  ///< `If-Match` failed: 412
  matched,      ///< `If-None-Match` failed: 304 to a read, 412 to a write
};

/// `tag`: the target's current one, strong and in quotes; empty: the target does not exist. Date
/// conditions are ignored: no object has a modification date (13.1.3, 13.1.4).
conditions judge_conditions(const request& r, std::string_view tag) noexcept;

}  // namespace bank::api
