#include "bank/api/limits/body_quota.hpp"

#include <gtest/gtest.h>

namespace bank::api::testing {
namespace {

TEST(body_quota, gives_a_caller_a_quarter_and_all_callers_the_quota) {
  body_quota quota(100);
  const auto a = quota.take("a", 15);
  auto b = quota.take("a", 10);
  EXPECT_TRUE(a && b);
  EXPECT_FALSE(quota.take("a", 1)) << "a quarter is taken";
  const auto others = quota.take("b", 60);
  EXPECT_TRUE(others) << "one that is larger than a quarter is taken alone";
  EXPECT_FALSE(quota.take("b", 1));
  EXPECT_FALSE(quota.take("c", 16)) << "15 are left";
  const auto last = quota.take("c", 15);
  EXPECT_TRUE(last);
  EXPECT_FALSE(quota.take("d", 1));
  b.reset();
  EXPECT_TRUE(quota.take("d", 10)) << "what was given back is there for all";
}

TEST(body_quota, admits_a_single_body_larger_than_the_quota) {
  body_quota quota(10);
  auto large = quota.take("a", 50);
  EXPECT_TRUE(large);
  EXPECT_FALSE(quota.take("b", 1));
  large.reset();
  EXPECT_TRUE(quota.take("b", 1));
}

}  // namespace
}  // namespace bank::api::testing
