#pragma once

#include <optional>
#include <string_view>

#include "lifeline/time/clock.hpp"

namespace bank::api {

/// The rule for times, for error texts.
inline constexpr std::string_view time_rule =
    "must be a time of RFC 3339 with its offset from UTC, as 2026-11-20T10:00:00Z or "
    "2026-11-20T11:00:00+01:00";

/// Reads an RFC 3339 time with any offset: "2026-11-20T10:00:00Z",
/// "2026-11-20t11:00:00.5+01:00". Digits below a millisecond are cut off. A leap second, allowed
/// only at the end of a month in UTC, becomes the next second. Nothing if the text has another
/// form, names a day or hour that does not exist, or lies outside the years 0000 to 9999 in UTC.
std::optional<lifeline::wall_time> parse_time(std::string_view text) noexcept;

}  // namespace bank::api
