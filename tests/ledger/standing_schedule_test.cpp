#include "lifeline/ledger/values/standing_schedule.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "random_seed.hpp"

namespace lifeline::ledger::testing {
namespace {

using namespace std::chrono;

wall_time at(int y, unsigned m, unsigned d, milliseconds in_day = hours(9) + minutes(30)) {
  return sys_days(year(y) / month(m) / day(d)) + in_day;
}

std::string text(std::optional<wall_time> t) {
  if (!t) return "-";
  const auto days_ = floor<days>(*t);
  const year_month_day date(days_);
  const hh_mm_ss time(*t - days_);
  char out[40];
  std::snprintf(out, sizeof out, "%04d-%02u-%02u %02ld:%02ld", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), time.hours().count(),
                time.minutes().count());
  return out;
}

std::vector<std::string> first(const standing_schedule& s, std::uint64_t n) {
  std::vector<std::string> all;
  for (std::uint64_t i = 0; i < n; ++i) all.push_back(text(s.at(i)));
  return all;
}

using texts = std::vector<std::string>;

TEST(standing_schedule, goes_by_days_and_weeks_over_every_border) {
  EXPECT_EQ(first({interval::day, at(2024, 2, 28)}, 3),
            (texts{"2024-02-28 09:30", "2024-02-29 09:30", "2024-03-01 09:30"}));
  EXPECT_EQ(first({interval::day, at(2023, 12, 31)}, 2),
            (texts{"2023-12-31 09:30", "2024-01-01 09:30"}));
  EXPECT_EQ(first({interval::week, at(2023, 2, 22)}, 3),
            (texts{"2023-02-22 09:30", "2023-03-01 09:30", "2023-03-08 09:30"}));
}

TEST(standing_schedule, ends_a_short_month_on_its_last_day_and_comes_back_in_the_long_one) {
  EXPECT_EQ(first({interval::month, at(2023, 12, 31)}, 6),
            (texts{"2023-12-31 09:30", "2024-01-31 09:30", "2024-02-29 09:30", "2024-03-31 09:30",
                   "2024-04-30 09:30", "2024-05-31 09:30"}));
  EXPECT_EQ(first({interval::month, at(2023, 1, 30)}, 3),
            (texts{"2023-01-30 09:30", "2023-02-28 09:30", "2023-03-30 09:30"}));
  EXPECT_EQ(first({interval::month, at(2023, 1, 29)}, 14).back(), "2024-02-29 09:30");
  EXPECT_EQ(first({interval::month, at(2023, 1, 29)}, 2).back(), "2023-02-28 09:30");
  EXPECT_EQ(first({interval::month, at(2024, 2, 29)}, 13).back(), "2025-02-28 09:30");
  EXPECT_EQ(first({interval::month, at(2024, 2, 29)}, 49).back(), "2028-02-29 09:30");
}

TEST(standing_schedule, knows_the_leap_years_of_centuries) {
  EXPECT_EQ(text(standing_schedule{interval::month, at(2099, 12, 31)}.at(2)), "2100-02-28 09:30");
  EXPECT_EQ(text(standing_schedule{interval::month, at(2399, 12, 31)}.at(2)), "2400-02-29 09:30");
}

TEST(standing_schedule, keeps_the_time_of_day_to_the_millisecond) {
  const milliseconds late = hours(23) + minutes(59) + seconds(59) + milliseconds(999);
  for (const auto every : {interval::day, interval::week, interval::month}) {
    const standing_schedule s{every, at(2024, 1, 31, late)};
    for (std::uint64_t i = 0; i < 100; ++i) {
      const wall_time t = *s.at(i);
      EXPECT_EQ(t - floor<days>(t), late) << to_string(every) << ' ' << i;
    }
  }
}

TEST(standing_schedule, includes_its_last_time_and_nothing_after_it) {
  const standing_schedule exact{interval::month, at(2024, 1, 31), at(2024, 2, 29)};
  EXPECT_EQ(first(exact, 3), (texts{"2024-01-31 09:30", "2024-02-29 09:30", "-"}));
  const standing_schedule before{interval::month, at(2024, 1, 31),
                                 at(2024, 2, 29) - milliseconds(1)};
  EXPECT_EQ(first(before, 2), (texts{"2024-01-31 09:30", "-"}));
  EXPECT_EQ(first({interval::day, at(2024, 1, 1), at(2024, 1, 1)}, 2),
            (texts{"2024-01-01 09:30", "-"}));
}

TEST(standing_schedule, is_over_with_the_year_9999) {
  EXPECT_EQ(first({interval::month, at(9999, 11, 30)}, 3),
            (texts{"9999-11-30 09:30", "9999-12-30 09:30", "-"}));
  for (const auto every : {interval::day, interval::week, interval::month}) {
    const standing_schedule s{every, at(0, 1, 1)};
    EXPECT_EQ(s.at(std::numeric_limits<std::uint64_t>::max()), std::nullopt);
    EXPECT_EQ(s.at(4'000'000), std::nullopt);
  }
  EXPECT_EQ(text(standing_schedule{interval::month, at(0, 1, 31)}.at(9999 * 12 + 11)),
            "9999-12-31 09:30");
  EXPECT_EQ(text(standing_schedule{interval::day, at(0, 1, 1)}.at(3'652'424)), "9999-12-31 09:30");
}

/// Each day of a leap cycle as the first: every month has one occurrence, on the first one's day
/// or, if the month is shorter, on its last day.
TEST(standing_schedule, meets_each_month_once_whatever_the_first_day) {
  const sys_days begin = year(2023) / January / 1;
  const sys_days end = year(2027) / January / 1;
  for (sys_days d = begin; d != end; d += days(1)) {
    const year_month_day start(d);
    const standing_schedule s{interval::month, d + hours(5)};
    for (int i = 0; i < 60; ++i) {
      const year_month month_ = start.year() / start.month() + months(i);
      const unsigned longest = unsigned((month_ / last).day());
      const auto day_ = day(std::min(unsigned(start.day()), longest));
      ASSERT_EQ(s.at(static_cast<std::uint64_t>(i)), sys_days(month_ / day_) + hours(5))
          << text(s.first_at) << " + " << i;
    }
  }
}

TEST(standing_schedule, only_grows) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (int round = 0; round < 2'000; ++round) {
    const wall_time start(milliseconds(random() % 4'102'444'800'000));
    const standing_schedule s{static_cast<interval>(random() % 3), start};
    const std::uint64_t place = random() % 2'000;
    ASSERT_LT(*s.at(place), *s.at(place + 1)) << text(start) << " at " << place;
  }
}

TEST(standing_schedule, reads_its_intervals) {
  EXPECT_EQ(parse_interval("day"), interval::day);
  EXPECT_EQ(parse_interval("week"), interval::week);
  EXPECT_EQ(parse_interval("month"), interval::month);
  EXPECT_EQ(parse_interval("year"), std::nullopt);
}

}  // namespace
}  // namespace lifeline::ledger::testing
