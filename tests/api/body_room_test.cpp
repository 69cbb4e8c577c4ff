#include "bank/api/limits/body_room.hpp"

#include <gtest/gtest.h>

namespace bank::api::testing {
namespace {

TEST(body_room, gives_a_caller_a_quarter_and_all_callers_the_quota) {
  body_room room(100);
  const auto a = room.take("a", 15);
  auto b = room.take("a", 10);
  EXPECT_TRUE(a && b);
  EXPECT_FALSE(room.take("a", 1)) << "a quarter is taken";
  const auto others = room.take("b", 60);
  EXPECT_TRUE(others) << "one that is larger than a quarter is taken alone";
  EXPECT_FALSE(room.take("b", 1));
  EXPECT_FALSE(room.take("c", 16)) << "15 are left";
  const auto last = room.take("c", 15);
  EXPECT_TRUE(last);
  EXPECT_FALSE(room.take("d", 1));
  b.reset();
  EXPECT_TRUE(room.take("d", 10)) << "what was given back is there for all";
}

TEST(body_room, admits_a_single_body_larger_than_the_quota) {
  body_room room(10);
  auto large = room.take("a", 50);
  EXPECT_TRUE(large);
  EXPECT_FALSE(room.take("b", 1));
  large.reset();
  EXPECT_TRUE(room.take("b", 1));
}

}  // namespace
}  // namespace bank::api::testing
