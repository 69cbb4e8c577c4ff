#include "bank/api/http/request_values.hpp"

#include <gtest/gtest.h>

#include "bank/api/auth/authenticator.hpp"

namespace bank::api {
namespace {

using namespace std::chrono_literals;

TEST(time_limit, shortens_and_never_lengthens) {
  EXPECT_EQ(*time_limit(std::nullopt, 5s), 5s);
  EXPECT_EQ(*time_limit("1", 5s), 1ms);
  EXPECT_EQ(*time_limit("0250", 5s), 250ms);
  EXPECT_EQ(*time_limit("5001", 5s), 5s);
  EXPECT_EQ(*time_limit("99999999999999999999999999", 5s), 5s);
}

TEST(time_limit, refuses_what_is_not_a_positive_integer) {
  for (const std::string bad : {"", "0", "000", "-1", "+1", "1.5", "1e3", " 1", "1s", "abc"}) {
    const auto limit = time_limit(bad, 5s);
    ASSERT_TRUE(limit.has_error()) << bad;
    EXPECT_EQ(limit.error().code, code::invalid_field);
    EXPECT_EQ(limit.error().field, "X-Request-Timeout-Ms");
  }
}

TEST(is_printable, counts_and_looks) {
  EXPECT_TRUE(is_printable("a b~", 4));
  EXPECT_FALSE(is_printable("", 4));
  EXPECT_FALSE(is_printable("abcde", 4));
  EXPECT_FALSE(is_printable("\xc3\xa9", 4));
  EXPECT_FALSE(is_printable("a\tb", 4));
}

TEST(is_json, knows_the_media_type) {
  for (const std::string_view good : {"application/json", "Application/JSON",
                                      "application/json; charset=utf-8", "application/json ;x"})
    EXPECT_TRUE(is_json(good)) << good;
  for (const std::string_view bad : {"", "text/json", "application/jsonx", "application/x-json"})
    EXPECT_FALSE(is_json(bad)) << bad;
}

TEST(bearer_secret, takes_the_secret_of_a_bearer) {
  EXPECT_EQ(bearer_secret("Bearer abc"), "abc");
  EXPECT_EQ(bearer_secret("bearer abc"), "abc");
  EXPECT_EQ(bearer_secret("Bearer   abc"), "abc");
  for (const std::string& bad :
       {std::string(), std::string("Bearer"), std::string("Bearer "), std::string("Basic abc"),
        std::string("Bearer a b"), std::string("Bearer   "), "Bearer " + std::string(600, 'a')})
    EXPECT_EQ(bearer_secret(bad), std::nullopt) << bad;
}

TEST(identity, is_the_same_for_every_token_of_an_owner) {
  EXPECT_EQ(identity(storage::role::customer, "alice").name, "customer:alice");
  EXPECT_EQ(identity(storage::role::admin, "alice").name, "admin:alice");
}

}  // namespace
}  // namespace bank::api
