#pragma once

#include <optional>
#include <string_view>

#include "lifeline/time/clock.hpp"

namespace bank::api {

/// What a text must be to be read as a time, for people.
inline constexpr std::string_view time_rule =
    "must be a time of RFC 3339 with its offset from UTC, as 2026-11-20T10:00:00Z or "
    "2026-11-20T11:00:00+01:00";

/// A time as RFC 3339 writes it, with any offset: "2026-11-20T10:00:00Z",
/// "2026-11-20t11:00:00.5+01:00". What is below a millisecond is cut off. A leap second, which only
/// the end of a month in UTC can have, is the second after it. Nothing if the text is otherwise,
/// names a day or an hour that there is not, or a time outside the years 0000 to 9999 in UTC.
std::optional<lifeline::wall_time> parse_time(std::string_view text) noexcept;

}  // namespace bank::api
