#include "bank/api/limits/address_turns.hpp"

#include <gtest/gtest.h>

namespace bank::api::testing {
namespace {

TEST(address_turns, give_each_address_its_share_of_a_period) {
  address_turns turns(3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(turns.has_turn("a"));
    turns.charge("a", 1);
  }
  EXPECT_FALSE(turns.has_turn("a"));
  EXPECT_TRUE(turns.has_turn("b")) << "it pays for itself alone";
  turns.refill();
  EXPECT_TRUE(turns.has_turn("a"));
}

TEST(address_turns, charge_what_was_too_much_to_the_next_periods) {
  address_turns turns(10);
  turns.charge("a", 25);
  turns.refill();
  EXPECT_FALSE(turns.has_turn("a")) << "15 are left";
  turns.refill();
  EXPECT_TRUE(turns.has_turn("a")) << "5 are left, of 10";
  turns.charge("a", 5);
  EXPECT_FALSE(turns.has_turn("a"));
  turns.refill();
  EXPECT_EQ(turns.remembered(), 0U) << "who took nothing lately is forgotten";
}

TEST(address_turns, without_a_share_limit_nobody) {
  address_turns turns(0);
  turns.charge("a", 1'000'000);
  EXPECT_TRUE(turns.has_turn("a"));
  EXPECT_EQ(turns.remembered(), 0U);
}

}  // namespace
}  // namespace bank::api::testing
