#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "bank/api/json/canonical.hpp"
#include "bank/api/json/parse.hpp"
#include "bank/api/json/write.hpp"

namespace bank::api {
namespace {

namespace json = boost::json;

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += R"({"a":)";
  return text + "1" + std::string(depth, '}');
}

TEST(parse_object, takes_an_object) {
  const auto o = parse_object(R"( {"a":1,"b":{"a":[true,null]}} )", {});
  ASSERT_TRUE(o.has_value());
  EXPECT_EQ(o->size(), 2U);
  EXPECT_TRUE(parse_object(nested(json_depth), {}).has_value());
}

TEST(parse_object, refuses_what_is_not_one_whole_object) {
  for (const std::string& text : {std::string(),
                                  std::string(" "),
                                  std::string("[]"),
                                  std::string("1"),
                                  std::string("null"),
                                  std::string("{"),
                                  std::string("{}x"),
                                  std::string("{}{}"),
                                  std::string("{\"a\":1,}"),
                                  std::string("{'a':1}"),
                                  std::string("{\"a\":01}"),
                                  std::string("{\"a\":NaN}"),
                                  std::string("{\"a\":1}//"),
                                  std::string("\xef\xbb\xbf{}"),
                                  std::string("{\"a\":\"\xff\"}"),
                                  std::string("{\"a\":\"\xc0\x80\"}"),
                                  std::string("{\"a\":\"\xed\xa0\x80\"}"),
                                  std::string("{\"a\":\"\\ud800\"}"),
                                  std::string("{\"a\":\"\x01\"}"),
                                  std::string("{\"a\0\":1}", 8),
                                  nested(json_depth + 1)}) {
    const auto o = parse_object(text, {});
    ASSERT_TRUE(o.has_error()) << text;
    EXPECT_EQ(o.error().code, code::malformed_json) << text;
    EXPECT_FALSE(o.error().detail.empty());
  }
}

TEST(parse_object, refuses_a_member_that_is_given_twice) {
  for (const std::string_view text :
       {R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"({"b":{"a":1,"a":2}})",
        R"({"a":1,"\u0061":2})", R"({"b":[{"a":1,"a":2}]})"}) {
    const auto o = parse_object(text, {});
    ASSERT_TRUE(o.has_error()) << text;
    EXPECT_EQ(o.error().code, code::malformed_json);
    EXPECT_EQ(o.error().field, "a");
  }
  EXPECT_TRUE(parse_object(R"({"":1,"":2})", {}).has_error());
  EXPECT_TRUE(parse_object(R"({"a":{"b":1},"b":{"b":1}})", {}).has_value());
}

std::string canonical(std::string_view text) {
  std::string out;
  append_canonical(out, json::parse(text));
  return out;
}

TEST(canonical, does_not_depend_on_how_a_body_was_written) {
  EXPECT_EQ(canonical(R"({ "b" : [1, 2.5], "a": {"d":null, "c":"\u00e9\n"} })"),
            "{\"a\":{\"c\":\"\xc3\xa9\\n\",\"d\":null},\"b\":[1,2.5E0]}");
  const auto digest = [](std::string_view route, std::string_view text) {
    return request_digest(route, json::parse(text).as_object());
  };
  EXPECT_EQ(digest("r", R"({"a":1,"b":2})"), digest("r", R"( {"b":2 ,"a":1})"));
  EXPECT_NE(digest("r", R"({"a":1,"b":2})"), digest("r", R"({"a":1,"b":3})"));
  EXPECT_NE(digest("r", R"({"a":1,"b":2})"), digest("s", R"({"a":1,"b":2})"));
  EXPECT_EQ(digest("r", "{}").size(), 64U);
}

TEST(write, escapes_text) {
  std::string out;
  append_string(out, std::string_view("a\"\\/\n\t\r\x01\x00\x1f\x7f\xc3\xa9", 13));
  EXPECT_EQ(out, "\"a\\\"\\\\/\\n\\t\\r\\u0001\\u0000\\u001f\x7f\xc3\xa9\"");
  EXPECT_EQ(json::parse(out).as_string(),
            std::string_view("a\"\\/\n\t\r\x01\x00\x1f\x7f\xc3\xa9", 13));
}

TEST(write, writes_integers_and_times) {
  std::string out;
  append_integer(out, -9'007'199'254'740'991);
  out += ' ';
  append_time(out, lifeline::wall_time(std::chrono::milliseconds(1'763'632'800'007)));
  out += ' ';
  append_time(out, lifeline::wall_time{});
  EXPECT_EQ(out, "-9007199254740991 \"2025-11-20T10:00:00.007Z\" \"1970-01-01T00:00:00.000Z\"");
}

TEST(write, writes_uuids_as_they_are_read) {
  const auto id = lifeline::ledger::uuid::make_v7(lifeline::wall_time(std::chrono::hours(1)));
  std::string out;
  append_uuid(out, id);
  EXPECT_EQ(out, "\"" + id.str() + "\"");
}

}  // namespace
}  // namespace bank::api
