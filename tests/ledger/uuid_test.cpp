#include "lifeline/ledger/values/uuid.hpp"

#include <gtest/gtest.h>

#include <set>

namespace lifeline::ledger {
namespace {

TEST(uuid, reads_what_it_writes_in_any_case) {
  const auto id = uuid::parse("0193f3A0-7b2c-7def-8123-456789abCDEF");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->str(), "0193f3a0-7b2c-7def-8123-456789abcdef");
  EXPECT_EQ(uuid::parse(id->str()), id);
}

TEST(uuid, refuses_anything_but_the_form_of_36_characters) {
  for (const char* wrong :
       {"", "0193", "0193f3a07b2c7def8123456789abcdef", "{0193f3a0-7b2c-7def-8123-456789abcde}",
        "0193f3a0-7b2c-7def-8123-456789abcdeg", "0193f3a0-7b2c-7def-8123-456789abcdef0",
        "0193f3a07-b2c-7def-8123-456789abcdef"})
    EXPECT_FALSE(uuid::parse(wrong)) << wrong;
}

TEST(uuid, made_in_order_of_time_and_never_twice) {
  std::set<uuid> seen;
  const wall_time now(std::chrono::milliseconds(1'760'000'000'000));
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(seen.insert(uuid::make_v7(now)).second);
  EXPECT_LT(*seen.rbegin(), uuid::make_v7(now + std::chrono::milliseconds(1)));
  EXPECT_EQ(seen.begin()->bytes()[6] >> 4U, 7);
  EXPECT_EQ(seen.begin()->bytes()[8] >> 6U, 2);
}

TEST(uuid, derived_from_its_parts_and_from_where_they_end) {
  EXPECT_EQ(uuid::derive({"a", "bc"}), uuid::derive({"a", "bc"}));
  EXPECT_NE(uuid::derive({"a", "bc"}), uuid::derive({"ab", "c"}));
  EXPECT_NE(uuid::derive({"a"}), uuid::derive({"a", ""}));
  EXPECT_EQ(uuid::derive({"a"}).bytes()[6] >> 4U, 8);
}

}  // namespace
}  // namespace lifeline::ledger
