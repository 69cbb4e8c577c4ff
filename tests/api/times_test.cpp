#include "bank/api/http/times.hpp"

#include <gtest/gtest.h>

#include "bank/json/write.hpp"

namespace bank::api {
namespace {

TEST(times, are_read_as_they_are_written) {
  for (const char* text :
       {"2026-11-20T10:00:00.000Z", "1970-01-01T00:00:00.001Z", "2024-02-29T23:59:59.999Z",
        "0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"}) {
    const auto t = parse_time(text);
    ASSERT_TRUE(t) << text;
    std::string written;
    json::append_time(written, *t);
    EXPECT_EQ(written, '"' + std::string(text) + '"');
  }
}

TEST(times, may_have_any_part_of_a_second) {
  const auto at = [](const char* text) { return parse_time(text)->time_since_epoch().count(); };
  EXPECT_EQ(at("1970-01-01T00:00:01Z"), 1'000);
  EXPECT_EQ(at("1970-01-01T00:00:01.5Z"), 1'500);
  EXPECT_EQ(at("1970-01-01T00:00:01.05Z"), 1'050);
  EXPECT_EQ(at("1970-01-01T00:00:01.123456789Z"), 1'123);
  EXPECT_EQ(at("1970-01-01T00:00:01.9999999999999999Z"), 1'999) << "cut off, not rounded";
  EXPECT_EQ(at("1969-12-31T23:59:59.0009Z"), -1'000);
}

TEST(times, may_be_of_any_offset_and_are_one_moment) {
  const struct {
    const char* text;
    const char* in_utc;
  } table[] = {
      {"2026-11-20T10:00:00+00:00", "2026-11-20T10:00:00.000Z"},
      {"2026-11-20T10:00:00-00:00", "2026-11-20T10:00:00.000Z"},
      {"2026-11-20t10:00:00z", "2026-11-20T10:00:00.000Z"},
      {"2026-11-20T10:00:00.123456+00:00", "2026-11-20T10:00:00.123Z"},
      {"2026-11-20T12:30:00+02:30", "2026-11-20T10:00:00.000Z"},
      {"2026-11-20T02:15:00-07:45", "2026-11-20T10:00:00.000Z"},
      {"2026-11-21T00:00:00+14:00", "2026-11-20T10:00:00.000Z"},
      {"2026-11-21T09:59:00+23:59", "2026-11-20T10:00:00.000Z"},
      {"2026-11-19T10:01:00-23:59", "2026-11-20T10:00:00.000Z"},
      {"2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00.000Z"},
      {"2026-01-01T00:00:00+00:01", "2025-12-31T23:59:00.000Z"},
      {"9999-12-31T23:59:59.999+00:00", "9999-12-31T23:59:59.999Z"},
      {"9999-12-31T23:59:59+01:00", "9999-12-31T22:59:59.000Z"},
      {"0000-01-01T00:00:00-01:00", "0000-01-01T01:00:00.000Z"},
  };
  for (const auto& row : table) {
    const auto t = parse_time(row.text);
    ASSERT_TRUE(t) << row.text;
    std::string written;
    json::append_time(written, *t);
    EXPECT_EQ(written, '"' + std::string(row.in_utc) + '"') << row.text;
  }
}

TEST(times, turn_a_leap_second_at_a_month_s_end_into_the_next_second) {
  const auto next = parse_time("2017-01-01T00:00:00Z");
  EXPECT_EQ(parse_time("2016-12-31T23:59:60Z"), next);
  EXPECT_EQ(parse_time("2016-12-31T15:59:60-08:00"), next);
  EXPECT_EQ(parse_time("2017-01-01T00:59:60.25+01:00"), *next + std::chrono::milliseconds(250));
  EXPECT_TRUE(parse_time("2015-06-30T23:59:60Z"));
  for (const char* text : {"2016-12-31T23:58:60Z", "2016-12-31T23:59:60+01:00",
                           "2016-12-30T23:59:60Z", "2016-12-31T23:59:61Z", "9999-12-31T23:59:60Z"})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(times, that_are_not_rfc_3339_are_refused) {
  for (const char* text : {"",
                           "now",
                           "2026-11-20",
                           "2026-11-20T10:00:00",
                           "2026-11-20T10:00:00+",
                           "2026-11-20T10:00:00+00",
                           "2026-11-20T10:00:00+0000",
                           "2026-11-20T10:00:00+0:00",
                           "2026-11-20T10:00:00+00:0",
                           "2026-11-20T10:00:00+24:00",
                           "2026-11-20T10:00:00+00:60",
                           "2026-11-20T10:00:00+00:00Z",
                           "2026-11-20T10:00:00Z+00:00",
                           "2026-11-20T10:00:00 00:00",
                           "2026-11-20T10:00:00 +00:00",
                           "2026-11-20T10:00:00\xe2\x88\x92"
                           "01:00",
                           "2026-11-20T10:00+00:00",
                           "2026-11-20T10:00:00[UTC]",
                           "2023-02-29T10:00:00+14:00",
                           "2024-02-30T10:00:00+00:00",
                           "9999-12-31T23:59:59-00:01",
                           "0000-01-01T00:00:00+00:01",
                           "2026-11-20 10:00:00Z",
                           "2026-11-20T10:00Z",
                           "2026-11-20T24:00:00Z",
                           "2026-11-20T10:60:00Z",
                           "2026-11-20T10:00:60Z",
                           "2026-13-20T10:00:00Z",
                           "2026-02-29T10:00:00Z",
                           "2026-11-31T10:00:00Z",
                           "2026-00-10T10:00:00Z",
                           "2026-11-00T10:00:00Z",
                           "26-11-20T10:00:00Z",
                           "2026-1-20T10:00:00Z",
                           "2026-11-20T10:00:00.Z",
                           "2026-11-20T10:00:00,5Z",
                           " 2026-11-20T10:00:00Z",
                           "2026-11-20T10:00:00Z ",
                           "-026-11-20T10:00:00Z",
                           "2026-11-20T1a:00:00Z",
                           "1763632800"})
    EXPECT_FALSE(parse_time(text)) << text;
}

}  // namespace
}  // namespace bank::api
