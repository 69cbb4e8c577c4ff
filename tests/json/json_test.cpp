#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "bank/json/canonical.hpp"
#include "bank/json/object_writer.hpp"
#include "bank/json/write.hpp"

namespace bank::json {
namespace {

/// Each value as its line, its key and what it is.
std::string listed(const value& v) {
  std::string all = std::to_string(v.line()) + ' ' + std::string(v.key()) + ' ';
  if (!v.is_object() && !v.is_array()) return all + std::string(v.spelled()) + '\n';
  all += v.is_object() ? "{}\n" : "[]\n";
  for (const value& inner : v.children()) all += listed(inner);
  return all;
}

TEST(document, lists_the_values_of_a_text_in_its_order) {
  const document d(R"({"b": [1,
  -2.50, "x\u0041\n"], "a": {"c": null,

  "d": true}, "\u0065": 18446744073709551615})");
  ASSERT_TRUE(d.is_sound());
  EXPECT_EQ(listed(d.root()),
            "1  {}\n1 b []\n1  1\n2  -2.50\n2  xA\n\n2 a {}\n2 c null\n4 d true\n4 e "
            "18446744073709551615\n");
  EXPECT_EQ(d.root()["a"]["d"].as_bool(), true);
  EXPECT_EQ(d.root()["b"].children().size(), 3U);
  EXPECT_TRUE(d.root()["no"]["such"].is_null());
  EXPECT_EQ(d.root().find("no"), nullptr);
}

TEST(document, takes_integers_exactly_or_not_at_all) {
  const document d("[9223372036854775807, 9223372036854775808, 1.0, 1e3]");
  std::vector<std::optional<std::int64_t>> found;
  for (const value& v : d.root().children()) found.push_back(v.as_integer());
  EXPECT_EQ(found, (std::vector<std::optional<std::int64_t>>{INT64_MAX, std::nullopt, std::nullopt,
                                                             std::nullopt}));
}

std::string repeated_in(const std::string& text) {
  std::string all;
  const document d(text);
  for (const auto& [again, first] : d.repeated())
    all += std::to_string(again->line()) + ' ' + std::string(again->key()) + ' ' +
           std::to_string(first->line()) + '\n';
  return all;
}

TEST(document, finds_each_member_that_is_given_twice) {
  EXPECT_EQ(repeated_in(R"({"a":1,"b":{"a":1}})"), "");
  EXPECT_EQ(repeated_in("{\"a\":1,\n\"b\":{\"c\":1,\"c\":2},\n\"\\u0061\":2,\n\"a\":3}"),
            "2 c 2\n3 a 1\n4 a 1\n");
  EXPECT_EQ(repeated_in("{\"a\":1,\n\"a\":1,,"), "2 a 1\n") << "before an error, too";
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += "\"" + std::to_string(i % 99) + "\":0,\n";
  EXPECT_EQ(repeated_in(many + "\"\":0}"), "100 0 1\n");
}

TEST(document, keeps_what_precedes_an_error_and_says_where_it_is) {
  const struct {
    std::string_view text;
    std::size_t line, column, offset;
  } cases[] = {{"", 0, 0, 0},
               {"{\n\"a\": 1\n", 2, 0, 9},
               {"{\n  \"a\": 1,\n }", 3, 2, 13},
               {"{}\n\n{}", 3, 1, 4},
               {"{\"a\":\"\xff\"}", 1, 7, 6}};
  for (const auto& c : cases) {
    const document d(c.text);
    ASSERT_TRUE(d.error()) << c.text;
    EXPECT_EQ(d.error()->line, c.line) << c.text;
    EXPECT_EQ(d.error()->column, c.column) << c.text;
    EXPECT_EQ(d.error()->offset, c.offset) << c.text;
  }
  EXPECT_EQ(document("{\"a\":[1,2,,").root()["a"].children().size(), 2U);
}

TEST(document, allows_comments_where_they_are_asked_for) {
  constexpr std::string_view text = "{ // one\n \"a\": /* two\n */ 1}";
  EXPECT_TRUE(document(text).error());
  const document d(text, document::comments::allowed);
  EXPECT_TRUE(d.is_sound());
  EXPECT_EQ(d.root()["a"].line(), 3U);
}

TEST(document, may_own_its_text) {
  std::vector<document> all;
  for (int i = 0; i < 9; ++i) all.push_back(document::owning("{\"a\":" + std::to_string(i) + "}"));
  EXPECT_EQ(all.front().root()["a"].as_integer(), 0);
  EXPECT_EQ(all.back().text(), "{\"a\":8}");
}

std::string canonical(std::string_view text) {
  std::string out;
  append_canonical(out, document(text).root());
  return out;
}

TEST(canonical, does_not_depend_on_how_a_body_was_written) {
  EXPECT_EQ(canonical(R"({ "b" : [1, 2.5], "a": {"d":null, "c":"\u00e9\n"} })"),
            "{\"a\":{\"c\":\"\xc3\xa9\\n\",\"d\":null},\"b\":[1,2.5E0]}");
  const auto digest = [](std::string_view route, std::string_view text) {
    return request_digest(route, document(text).root());
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
  EXPECT_EQ(boost::json::parse(out).as_string(),
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
}  // namespace bank::json
