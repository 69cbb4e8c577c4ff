#include "lifeline/work/latest_only.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "lifeline/time/manual_clock.hpp"

namespace lifeline {
namespace {

struct latest_only_test : ::testing::Test {
  manual_clock time;
  context root = background(time);
  latest_only searches;
};

TEST_F(latest_only_test, a_new_start_cancels_the_one_before) {
  const auto first = searches.start(root);
  EXPECT_FALSE(first.ctx().done());
  const auto second = searches.start(root);
  EXPECT_EQ(first.ctx().err(), errc::canceled);
  EXPECT_EQ(first.ctx().cause().message(), "superseded");
  EXPECT_FALSE(second.ctx().done());
}

TEST_F(latest_only_test, the_end_of_an_older_one_does_not_touch_the_latest) {
  auto first = std::make_optional(searches.start(root));
  const auto second = searches.start(root);
  first.reset();
  EXPECT_FALSE(second.ctx().done());
}

TEST_F(latest_only_test, one_that_has_ended_is_not_superseded) {
  context ctx;
  {
    const auto first = searches.start(root);
    ctx = first.ctx();
  }
  EXPECT_TRUE(ctx.done()) << "a turn's end ends its context";
  const auto second = searches.start(root);
  EXPECT_EQ(ctx.cause().message(), error(errc::canceled).message());
}

TEST_F(latest_only_test, ends_with_its_parent_and_under_a_dead_one_is_born_dead) {
  auto parent = with_cancel(root);
  const auto turn = searches.start(parent.ctx());
  parent.cancel();
  EXPECT_TRUE(turn.ctx().done());
  EXPECT_TRUE(searches.start(parent.ctx()).ctx().done());
}

TEST_F(latest_only_test, its_end_cancels_the_latest) {
  auto other = std::make_unique<latest_only>();
  const auto last = other->start(root);
  other.reset();
  EXPECT_TRUE(last.ctx().done());
}

TEST_F(latest_only_test, of_many_threads_one_turn_is_left) {
  std::vector<std::thread> threads;
  std::vector<std::optional<latest_only::turn>> turns(8);
  for (auto& turn : turns)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) turn = searches.start(root);
    });
  for (auto& t : threads) t.join();
  int alive = 0;
  for (const auto& turn : turns) alive += turn->ctx().done() ? 0 : 1;
  EXPECT_EQ(alive, 1);
}

}  // namespace
}  // namespace lifeline
