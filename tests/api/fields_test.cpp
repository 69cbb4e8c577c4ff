#include "bank/api/http/fields.hpp"

#include <gtest/gtest.h>

namespace bank::api {
namespace {

using json::broken_by;
using json::shape;
using lifeline::ledger::max_minor;

json::document object(std::string_view text) { return json::document::owning(std::string(text)); }

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += R"({"a":)";
  return text + "1" + std::string(depth, '}');
}

TEST(parse_object, takes_an_object) {
  const auto o = parse_object(R"( {"a":1,"b":{"a":[true,null]}} )");
  ASSERT_TRUE(o.has_value());
  EXPECT_EQ(o->root().children().size(), 2U);
  EXPECT_TRUE(parse_object(nested(json::document::most_depth)).has_value());
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
                                  nested(json::document::most_depth + 1)}) {
    const auto o = parse_object(text);
    ASSERT_TRUE(o.has_error()) << text;
    EXPECT_EQ(o.error().code, code::malformed_json) << text;
    EXPECT_FALSE(o.error().detail.empty());
  }
}

TEST(parse_object, refuses_a_member_that_is_given_twice) {
  for (const std::string_view text :
       {R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"({"b":{"a":1,"a":2}})",
        R"({"a":1,"\u0061":2})", R"({"b":[{"a":1,"a":2}]})"}) {
    const auto o = parse_object(text);
    ASSERT_TRUE(o.has_error()) << text;
    EXPECT_EQ(o.error().code, code::malformed_json);
    EXPECT_EQ(o.error().field, "a");
  }
  EXPECT_TRUE(parse_object(R"({"":1,"":2})").has_error());
  EXPECT_TRUE(parse_object(R"({"a":{"b":1},"b":{"b":1}})").has_value());
}

shape amount_table() {
  return shape::object_of({{"amount", shape::whole(1, max_minor)}}).requiring({"amount"});
}

TEST(fields, takes_amounts_from_one_to_two_to_the_53_minus_one) {
  for (const std::int64_t good : {std::int64_t{1}, std::int64_t{2000}, max_minor}) {
    const auto o = object(R"({"amount":)" + std::to_string(good) + "}");
    const fields in(o.root(), amount_table());
    EXPECT_EQ(in.integer("amount"), good);
    EXPECT_FALSE(in.failed());
  }
}

TEST(fields, refuses_every_other_amount_by_name) {
  for (const std::string_view bad :
       {"0", "-0", "-1", "1.0", "1.5", "1e3", "1E0", "9007199254740992", "9223372036854775807",
        "9223372036854775808", "18446744073709551616", "1e300", "\"5\"", "true", "null", "[1]",
        "{}", "-9007199254740991"}) {
    const auto o = object(R"({"amount":)" + std::string(bad) + "}");
    fields in(o.root(), amount_table());
    ASSERT_TRUE(in.failed()) << bad;
    const problem p = in.first_problem();
    EXPECT_EQ(p.code, code::invalid_field);
    EXPECT_EQ(p.field, "amount");
    EXPECT_NE(p.detail.find("amount"), std::string::npos);
  }
}

TEST(fields, says_what_is_wrong_and_what_would_be_right) {
  const shape inner = shape::object_of({{"d", shape::yes_or_no("whether")}}).requiring({"d"});
  const shape table = shape::object_of({{"a", shape::whole(1, 5)},
                                        {"b", shape::choice({"x", "y"})},
                                        {"c", inner},
                                        {"e", shape::text_by({3, false, false})}});
  const struct {
    std::string_view body, field, detail;
  } cases[] = {
      {R"({"a":0})", "a", "a: must be an integer from 1 to 5, not 0"},
      {R"({"b":"z"})", "b", "b: must be one of x, y, not \"z\""},
      {R"({"c":{"d":1}})", "c.d", "c.d: must be true or false, not 1"},
      {R"({"c":{}})", "c.d", "c.d: must be given: whether"},
      {R"({"c":{"d":null}})", "c.d", "c.d: must be given: whether"},
      {R"({"c":[]})", "c", "c: must be an object, not []"},
      {R"({"e":"four"})", "e", "e: has 4 characters; at most 3 are allowed"},
      {R"({"e":4})", "e", "e: must be a string, not 4"},
      {R"({"f":1})", "f", "f: unknown field; allowed: a, b, c, e"},
      {R"({"f":null})", "f", "f: unknown field; allowed: a, b, c, e"},
  };
  for (const auto& c : cases) {
    const auto o = object(c.body);
    fields in(o.root(), table);
    ASSERT_TRUE(in.failed()) << c.body;
    const problem p = in.first_problem();
    EXPECT_EQ(p.field, c.field) << c.body;
    EXPECT_EQ(p.detail, c.detail);
  }
}

TEST(fields, names_the_first_invalid_field) {
  const auto o = object(R"({"a":1,"b":2})");
  fields in(o.root(), shape::object_of({{"b", shape::any_text()}, {"a", shape::any_text()}}));
  in.fail("c", "is wrong, too");
  EXPECT_EQ(in.first_problem().field, "a");
}

TEST(fields, reads_booleans_and_times_strictly) {
  const auto o = object(R"({"yes":true,"no":false,"none":null,"at":"1970-01-01T00:00:01.5Z"})");
  const fields in(o.root(), shape::object_of({{"yes", shape::yes_or_no()},
                                              {"no", shape::yes_or_no()},
                                              {"none", shape::text_like(time_format)},
                                              {"at", shape::text_like(time_format)}}));
  EXPECT_EQ(in.boolean("yes"), true);
  EXPECT_EQ(in.boolean("no"), false);
  EXPECT_FALSE(in.boolean("none"));
  EXPECT_EQ(in.time("at"), lifeline::wall_time(std::chrono::milliseconds(1'500)));
  EXPECT_FALSE(in.time("none"));
  EXPECT_FALSE(in.failed());
  const auto word = object(R"({"x":"true"})");
  EXPECT_TRUE(fields(word.root(), shape::object_of({{"x", shape::yes_or_no()}})).failed());
  const auto local = object(R"({"x":"1970-01-01T00:00:01"})");
  EXPECT_TRUE(
      fields(local.root(), shape::object_of({{"x", shape::text_like(time_format)}})).failed());
}

TEST(fields, counts_characters_and_not_bytes) {
  std::string e128;
  for (int i = 0; i < 128; ++i) e128 += "\xc3\xa9";
  EXPECT_EQ(broken_by(e128, {128, false, false}), std::nullopt);
  EXPECT_NE(broken_by(e128 + "e", {128, false, false}), std::nullopt);
}

TEST(fields, refuses_control_characters) {
  for (const std::string_view bad : {std::string_view("a\0b", 3), std::string_view("\x1f"),
                                     std::string_view("\x7f"), std::string_view("\xc2\x85")}) {
    EXPECT_NE(broken_by(bad, {128, false, false}), std::nullopt);
    EXPECT_NE(broken_by(bad, {128, false, true}), std::nullopt);
  }
  EXPECT_NE(broken_by("a\nb", {128, false, false}), std::nullopt);
  EXPECT_EQ(broken_by("a\nb", {128, false, true}), std::nullopt);
  EXPECT_EQ(broken_by("\xc2\xa0\xc3\x85", {128, false, false}), std::nullopt);
}

bool accepts(const json::text_format& format, std::string_view value) {
  const auto o = object("{\"x\":\"" + std::string(value) + "\"}");
  return !fields(o.root(), shape::object_of({{"x", shape::text_like(format)}})).failed();
}

TEST(fields, reads_ids_and_currencies) {
  for (const std::string_view bad : {"0193", "00000000-0000-0000-0000-000000000000", "EUX"})
    EXPECT_FALSE(accepts(uuid_format, bad)) << bad;
  for (const std::string_view bad : {"EUX", "eur", ""})
    EXPECT_FALSE(accepts(currency_format, bad)) << bad;
  const auto o = object(R"({"id":"0193E0A0-0000-7000-8000-000000000001","currency":"EUR"})");
  const fields in(o.root(), shape::object_of({{"id", shape::text_like(uuid_format)},
                                              {"currency", shape::text_like(currency_format)}}));
  EXPECT_EQ(in.id("id")->str(), "0193e0a0-0000-7000-8000-000000000001");
  EXPECT_EQ(in.currency("currency").code(), "EUR");
  EXPECT_FALSE(in.failed());
}

TEST(fields, takes_metadata_of_strings_only) {
  const shape table = shape::object_of({{"m", metadata_shape()}});
  const auto good = object(R"({"m":{"b":"2","a":""}})");
  const fields in(good.root(), table);
  EXPECT_EQ(in.metadata("m"), R"({"a":"","b":"2"})");
  EXPECT_EQ(in.metadata("absent"), "{}");
  EXPECT_FALSE(in.failed());

  std::string many = R"({"m":{)";
  for (int i = 0; i < 51; ++i) many += (i ? ",\"" : "\"") + std::to_string(i) + "\":\"\"";
  many += "}}";
  const std::string key = R"({"m":{")" + std::string(41, 'k') + R"(":""}})";
  const std::string value = R"({"m":{"k":")" + std::string(501, 'v') + R"("}})";
  for (const std::string& bad :
       {std::string(R"({"m":[]})"), std::string(R"({"m":"x"})"), std::string(R"({"m":{"a":1}})"),
        std::string(R"({"m":{"a":null}})"), std::string(R"({"m":{"":"x"}})"),
        std::string(R"({"m":{"a":{"b":"c"}}})"), many, key, value}) {
    const auto o = object(bad);
    fields wrong(o.root(), table);
    ASSERT_TRUE(wrong.failed()) << bad;
    EXPECT_EQ(wrong.first_problem().field, "m");
  }
}

}  // namespace
}  // namespace bank::api
