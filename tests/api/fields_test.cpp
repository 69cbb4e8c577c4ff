#include "bank/api/json/fields.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace bank::api {
namespace {

namespace json = boost::json;
using lifeline::ledger::max_minor;

json::object object(std::string_view text) { return json::parse(text).as_object(); }

TEST(fields, takes_amounts_from_one_to_two_to_the_53_minus_one) {
  for (const std::int64_t good : {std::int64_t{1}, std::int64_t{2000}, max_minor}) {
    const auto o = object(R"({"amount":)" + std::to_string(good) + "}");
    fields in(o, {"amount"});
    EXPECT_EQ(in.required_integer("amount", 1, max_minor), good);
    EXPECT_FALSE(in.failed());
  }
}

TEST(fields, refuses_every_other_amount_by_name) {
  for (const std::string_view bad :
       {"0", "-0", "-1", "1.0", "1.5", "1e3", "1E0", "9007199254740992", "9223372036854775807",
        "9223372036854775808", "18446744073709551616", "1e300", "\"5\"", "true", "null", "[1]",
        "{}", "-9007199254740991"}) {
    const auto o = object(R"({"amount":)" + std::string(bad) + "}");
    fields in(o, {"amount"});
    in.required_integer("amount", 1, max_minor);
    ASSERT_TRUE(in.failed()) << bad;
    const problem p = in.first_problem();
    EXPECT_EQ(p.code, code::invalid_field);
    EXPECT_EQ(p.field, "amount");
    EXPECT_NE(p.detail.find("amount"), std::string::npos);
  }
}

TEST(fields, names_the_first_invalid_field) {
  const auto o = object(R"({"a":1,"b":2})");
  fields in(o, {"a", "b"});
  in.required_text("a", {});
  in.required_text("b", {});
  EXPECT_EQ(in.first_problem().field, "a");
}

TEST(fields, refuses_unknown_ones) {
  const auto o = object(R"({"a":1,"colour":2})");
  fields unknown(o, {"a"});
  ASSERT_TRUE(unknown.failed());
  EXPECT_EQ(unknown.first_problem().field, "colour");
}

TEST(fields, reads_booleans_and_times_strictly) {
  const auto o = object(
      R"({"yes":true,"no":false,"none":null,"word":"true","at":"1970-01-01T00:00:01.5Z","local":"1970-01-01T00:00:01"})");
  fields in(o, {"yes", "no", "none", "word", "at", "local"});
  EXPECT_EQ(in.boolean("yes"), true);
  EXPECT_EQ(in.boolean("no"), false);
  EXPECT_FALSE(in.boolean("none"));
  EXPECT_EQ(in.time("at"), lifeline::wall_time(std::chrono::milliseconds(1'500)));
  EXPECT_FALSE(in.time("none"));
  EXPECT_FALSE(in.failed());
  in.boolean("word");
  EXPECT_EQ(in.first_problem().field, "word");
  fields other(o, {"yes", "no", "none", "word", "at", "local"});
  other.time("local");
  EXPECT_EQ(other.first_problem().field, "local");
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

TEST(fields, reads_ids_and_currencies) {
  const auto o = object(
      R"({"id":"0193E0A0-0000-7000-8000-000000000001","bad":"0193","nil":"00000000-0000-0000-0000-000000000000",
          "currency":"EUR","wrong":"EUX","lower":"eur"})");
  for (const std::string_view name : {"bad", "nil", "wrong"}) {
    fields in(o, {"id", "bad", "nil", "currency", "wrong", "lower"});
    in.id(name);
    EXPECT_TRUE(in.failed()) << name;
  }
  for (const std::string_view name : {"wrong", "lower", "absent"}) {
    fields in(o, {"id", "bad", "nil", "currency", "wrong", "lower"});
    in.currency(name);
    EXPECT_TRUE(in.failed()) << name;
  }
  fields in(o, {"id", "bad", "nil", "currency", "wrong", "lower"});
  EXPECT_EQ(in.id("id")->str(), "0193e0a0-0000-7000-8000-000000000001");
  EXPECT_EQ(in.currency("currency").code(), "EUR");
  EXPECT_FALSE(in.failed());
}

TEST(fields, takes_metadata_of_strings_only) {
  const auto good = object(R"({"m":{"b":"2","a":""}})");
  fields in(good, {"m"});
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
    fields wrong(o, {"m"});
    wrong.metadata("m");
    EXPECT_TRUE(wrong.failed()) << bad;
    EXPECT_EQ(wrong.first_problem().field, "m");
  }
}

}  // namespace
}  // namespace bank::api
