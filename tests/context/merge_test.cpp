#include "lifeline/context/merge.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "lifeline/time/manual_clock.hpp"

namespace lifeline {
namespace {

using std::chrono::seconds;

const context_key<int> side{"side"};

class merge_of_two : public ::testing::Test {
 protected:
  manual_clock time;
  context root = background(time);
};

TEST_F(merge_of_two, ends_with_the_first_parent) {
  auto a = with_cancel(root);
  const auto b = with_cancel(root);
  const auto merged = merge(a.ctx(), b.ctx());
  EXPECT_FALSE(merged.ctx().done());
  a.cancel(error("a"));
  EXPECT_EQ(merged.ctx().cause(), error("a"));
  EXPECT_FALSE(b.ctx().done());
}

TEST_F(merge_of_two, ends_with_the_second_parent_before_its_cancel_returns) {
  const auto a = with_cancel(root);
  auto b = with_cancel(root);
  const auto merged = merge(a.ctx(), b.ctx());
  const auto child = with_cancel(merged.ctx());
  b.cancel(error("b"));
  EXPECT_EQ(merged.ctx().err(), errc::canceled);
  EXPECT_EQ(child.ctx().cause(), error("b"));
  EXPECT_FALSE(a.ctx().done());
}

TEST_F(merge_of_two, has_the_values_of_the_first) {
  const auto merged = merge(with_value(root, side, 1), with_value(root, side, 2));
  EXPECT_EQ(*merged.ctx().value(side), 1);
}

TEST_F(merge_of_two, has_the_earlier_deadline_with_its_cause_and_no_timer_more) {
  const auto a = with_timeout(root, seconds(5), error("a"));
  const auto b = with_timeout(root, seconds(2), error("b"));
  const auto first = merge(a.ctx(), b.ctx());
  const auto second = merge(b.ctx(), a.ctx());
  EXPECT_EQ(first.ctx().deadline(), b.ctx().deadline());
  EXPECT_EQ(second.ctx().deadline(), b.ctx().deadline());
  EXPECT_EQ(time.armed(), 2U);
  time.advance(seconds(2));
  EXPECT_EQ(first.ctx().err(), errc::deadline_exceeded);
  EXPECT_EQ(first.ctx().cause(), error("b"));
  EXPECT_EQ(second.ctx().cause(), error("b"));
}

TEST_F(merge_of_two, is_born_dead_if_either_is_dead) {
  auto dead = with_cancel(root);
  dead.cancel(error("dead"));
  EXPECT_EQ(merge(dead.ctx(), root).ctx().cause(), error("dead"));
  EXPECT_EQ(merge(root, dead.ctx()).ctx().cause(), error("dead"));
}

TEST_F(merge_of_two, ends_neither_parent_and_leaves_nothing_behind) {
  const auto held = std::make_shared<int>();
  const context_key<std::shared_ptr<int>> key{"held"};
  const auto a = with_cancel(root);
  const auto b = with_cancel(root);
  {
    auto merged = merge(with_value(a.ctx(), key, held), b.ctx());
    EXPECT_GT(held.use_count(), 1);
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(a.ctx().done());
  EXPECT_FALSE(b.ctx().done());
}

TEST_F(merge_of_two, may_have_one_parent_twice_or_one_below_the_other) {
  auto a = with_cancel(root);
  const auto below = with_cancel(a.ctx());
  const auto twice = merge(a.ctx(), a.ctx());
  const auto down = merge(a.ctx(), below.ctx());
  const auto up = merge(below.ctx(), a.ctx());
  a.cancel(error("once"));
  for (const auto* s : {&twice, &down, &up}) EXPECT_EQ(s->ctx().cause(), error("once"));
}

}  // namespace
}  // namespace lifeline
