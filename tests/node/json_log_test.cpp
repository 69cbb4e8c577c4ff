#include "bank/node/json_log.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace bank::node {
namespace {

const lifeline::wall_time noon{std::chrono::hours(12)};

TEST(json_log, makes_members_of_what_stands_at_the_end) {
  EXPECT_EQ(json_line(noon, "warning",
                      "slow request GET /v1/x status=503 caller=customer:al us=17 request_id=r-1"),
            R"({"time":"1970-01-01T12:00:00.000Z","level":"warning",)"
            R"("message":"slow request GET /v1/x","status":"503","caller":"customer:al","us":"17",)"
            R"("request_id":"r-1"})");
}

TEST(json_log, leaves_words_alone_that_are_no_fields) {
  for (const char* words : {"a=b", "the sum is 3", "x A=1", "x a-b=1", "x =1", "", "tail "})
    EXPECT_EQ(boost::json::parse(json_line(noon, "info", words)).at("message").as_string(), words);
}

/// A client chooses its request id, which is at the end of its log line.
TEST(json_log, lets_nobody_forge_a_member_or_a_line) {
  const auto line =
      json_line(noon, "info", "request status=200 request_id=x level=error time=never");
  const auto o = boost::json::parse(line).as_object();
  EXPECT_EQ(o.at("level").as_string(), "info");
  EXPECT_EQ(o.at("time").as_string(), "1970-01-01T12:00:00.000Z");
  const auto quoted = json_line(noon, "info", "a \"quoted\"\nline \xff k=\"v");
  EXPECT_EQ(quoted.find('\n'), std::string::npos);
  EXPECT_EQ(boost::json::parse(quoted).at("k").as_string(), "\"v");
}

}  // namespace
}  // namespace bank::node
