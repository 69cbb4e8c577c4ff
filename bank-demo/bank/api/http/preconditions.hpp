#pragma once

#include <cstdint>
#include <string_view>

#include "bank/api/http/request.hpp"

namespace bank::api {

/// What a request's `If-Match` and `If-None-Match` ask for (RFC 9110, 13.2.2).
enum class conditions : std::uint8_t {
  met,          ///< the method is performed
  not_matched,  ///< `If-Match` is false: 412
  matched,      ///< `If-None-Match` is false: 304 to a read, 412 to a write
};

/// `tag`: of what the target shows now, strong and in quotes; empty: it shows nothing. Conditions
/// on dates are not looked at, because nothing here has a date of modification (13.1.3, 13.1.4).
conditions judge_conditions(const request& r, std::string_view tag) noexcept;

}  // namespace bank::api
