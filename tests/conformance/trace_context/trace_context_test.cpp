#include <gtest/gtest.h>

#include <string>

#include "lifeline/observe/trace_parent.hpp"

namespace lifeline {
namespace {

const std::string id = "12345678901234567890123456789012";
const std::string parent = "1234567890123456";

/// The id of the continued trace; `a new one` if a new trace begins.
std::string trace_of(const std::string& header) {
  const auto p = parse_traceparent(header);
  return p ? to_hex(p->trace) : "a new one";
}

void expect_new(std::initializer_list<std::string> headers) {
  for (const std::string& h : headers) EXPECT_EQ(trace_of(h), "a new one") << h;
}

TEST(trace_context, traceparent_included_tracestate_missing) {
  const auto p = parse_traceparent("00-" + id + "-" + parent + "-01");
  ASSERT_TRUE(p);
  EXPECT_EQ(to_hex(p->trace), id);
  EXPECT_EQ(to_hex(p->span), parent);
  EXPECT_TRUE(p->sampled);
  EXPECT_EQ(to_traceparent(*p), "00-" + id + "-" + parent + "-01");
}

TEST(trace_context, traceparent_version_0x00) {
  expect_new({"00-" + id + "-" + parent + "-01.",
              "00-" + id + "-" + parent + "-01-what-the-future-will-be-like"});
}

TEST(trace_context, traceparent_version_0xcc) {
  EXPECT_EQ(trace_of("cc-" + id + "-" + parent + "-01"), id);
  EXPECT_EQ(trace_of("cc-" + id + "-" + parent + "-01-what-the-future-will-be-like"), id);
  expect_new({"cc-" + id + "-" + parent + "-01.what-the-future-will-be-like"});
}

TEST(trace_context, traceparent_version_0xff) { expect_new({"ff-" + id + "-" + parent + "-01"}); }

TEST(trace_context, traceparent_version_illegal_characters) {
  expect_new({".0-" + id + "-" + parent + "-01", "0.-" + id + "-" + parent + "-01"});
}

TEST(trace_context, traceparent_version_too_long) {
  expect_new({"000-" + id + "-" + parent + "-01", "0000-" + id + "-" + parent + "-01"});
}

TEST(trace_context, traceparent_version_too_short) {
  expect_new({"0-" + id + "-" + parent + "-01"});
}

TEST(trace_context, traceparent_trace_id_all_zero) {
  expect_new({"00-" + std::string(32, '0') + "-" + parent + "-01"});
}

TEST(trace_context, traceparent_trace_id_illegal_characters) {
  expect_new({"00-.2345678901234567890123456789012-" + parent + "-01",
              "00-1234567890123456789012345678901.-" + parent + "-01"});
}

TEST(trace_context, traceparent_trace_id_too_long) {
  expect_new({"00-" + id + "3-" + parent + "-01"});
}

TEST(trace_context, traceparent_trace_id_too_short) {
  expect_new({"00-" + id.substr(1) + "-" + parent + "-01"});
}

TEST(trace_context, traceparent_parent_id_all_zero) {
  expect_new({"00-" + id + "-0000000000000000-01"});
}

TEST(trace_context, traceparent_parent_id_illegal_characters) {
  expect_new({"00-" + id + "-.234567890123456-01", "00-" + id + "-123456789012345.-01"});
}

TEST(trace_context, traceparent_parent_id_too_long) {
  expect_new({"00-" + id + "-" + parent + "7-01"});
}

TEST(trace_context, traceparent_parent_id_too_short) {
  expect_new({"00-" + id + "-" + parent.substr(1) + "-01"});
}

TEST(trace_context, traceparent_trace_flags_illegal_characters) {
  expect_new({"00-" + id + "-" + parent + "-.0", "00-" + id + "-" + parent + "-0."});
}

TEST(trace_context, traceparent_trace_flags_too_long) {
  expect_new({"00-" + id + "-" + parent + "-001"});
}

TEST(trace_context, traceparent_trace_flags_too_short) {
  expect_new({"00-" + id + "-" + parent + "-1"});
}

/// From the specification, not from its test suite.
TEST(trace_context, knows_one_flag_and_ignores_the_others) {
  EXPECT_TRUE(parse_traceparent("00-" + id + "-" + parent + "-ff")->sampled);
  EXPECT_FALSE(parse_traceparent("00-" + id + "-" + parent + "-fe")->sampled);
  expect_new({"00-" + std::string(32, 'A') + "-" + parent + "-01"});  // upper case
}

}  // namespace
}  // namespace lifeline
