#include "lifeline/ledger/values/standing_schedule.hpp"

#include <algorithm>

namespace lifeline::ledger {

namespace {

using namespace std::chrono;

/// The last time that RFC 3339 can write.
constexpr wall_time end_of_times = sys_days{year{10'000} / January / 1};
/// More than the number of days until then, so that no sum below overflows.
constexpr std::uint64_t most_places = 10'000U * 366U;

year_month_day on_day_of(const year_month_day& first, const year_month& month) noexcept {
  const year_month_day_last end = month / last;
  return month / std::min(first.day(), end.day());
}

wall_time months_after(wall_time first, std::uint64_t n) noexcept {
  const sys_days date = floor<days>(first);
  const year_month_day day(date);
  const year_month month = day.year() / day.month() + months(static_cast<int>(n));
  return sys_days(on_day_of(day, month)) + (first - date);
}

wall_time time_at(interval every, wall_time first, std::uint64_t place) noexcept {
  const auto n = static_cast<int>(place);
  switch (every) {
    case interval::day: return first + days(n);
    case interval::week: return first + weeks(n);
    case interval::month: break;
  }
  return months_after(first, place);
}

/// `chrono::year` ends at 32767; later months would wrap.
bool is_within(interval every, std::uint64_t place) noexcept {
  switch (every) {
    case interval::day: return place < most_places;
    case interval::week: return place < most_places / 7;
    case interval::month: break;
  }
  return place < most_places / 28;
}

}  // namespace

std::string_view to_string(interval i) noexcept {
  switch (i) {
    case interval::day: return "day";
    case interval::week: return "week";
    case interval::month: return "month";
  }
  return "unknown";
}

std::optional<interval> parse_interval(std::string_view text) noexcept {
  for (const interval i : {interval::day, interval::week, interval::month})
    if (to_string(i) == text) return i;
  return std::nullopt;
}

std::optional<wall_time> standing_schedule::at(std::uint64_t place) const noexcept {
  if (!is_within(every, place)) return std::nullopt;
  const wall_time due = time_at(every, first_at, place);
  if (due >= end_of_times || (last_at && due > *last_at)) return std::nullopt;
  return due;
}

}  // namespace lifeline::ledger
