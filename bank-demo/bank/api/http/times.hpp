#pragma once

#include <optional>
#include <string_view>

#include "lifeline/time/clock.hpp"

namespace bank::api {

/// A time as RFC 3339 writes it, in UTC and nothing else: "2026-11-20T10:00:00Z", with up to nine
/// digits of a second behind a point; what is below a millisecond is cut off. Nothing if the text
/// is otherwise, or names a day or an hour that there is not.
std::optional<lifeline::wall_time> parse_time(std::string_view text) noexcept;

}  // namespace bank::api
