#include "bank/api/http/times.hpp"

#include <gtest/gtest.h>

#include "bank/api/json/write.hpp"

namespace bank::api {
namespace {

TEST(times, are_read_as_they_are_written) {
  for (const char* text :
       {"2026-11-20T10:00:00.000Z", "1970-01-01T00:00:00.001Z", "2024-02-29T23:59:59.999Z",
        "0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"}) {
    const auto t = parse_time(text);
    ASSERT_TRUE(t) << text;
    std::string written;
    append_time(written, *t);
    EXPECT_EQ(written, '"' + std::string(text) + '"');
  }
}

TEST(times, may_have_any_part_of_a_second) {
  const auto at = [](const char* text) { return parse_time(text)->time_since_epoch().count(); };
  EXPECT_EQ(at("1970-01-01T00:00:01Z"), 1'000);
  EXPECT_EQ(at("1970-01-01T00:00:01.5Z"), 1'500);
  EXPECT_EQ(at("1970-01-01T00:00:01.05Z"), 1'050);
  EXPECT_EQ(at("1970-01-01T00:00:01.123456789Z"), 1'123);
}

TEST(times, that_are_not_rfc_3339_in_utc_are_refused) {
  for (const char* text : {"",
                           "now",
                           "2026-11-20",
                           "2026-11-20T10:00:00",
                           "2026-11-20T10:00:00+00:00",
                           "2026-11-20T10:00:00z",
                           "2026-11-20t10:00:00Z",
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
                           "2026-11-20T10:00:00.1234567890Z",
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
