// TestSimultaneousCancels, TestInterlockedCancels, TestWithCancelSimultaneouslyCanceledParent. The
// test runner ends a test that hangs.

#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <deque>
#include <random>
#include <thread>
#include <vector>

#include "lifeline/context/context.hpp"
#include "lifeline/context/watch.hpp"
#include "random_seed.hpp"

namespace lifeline {
namespace {

TEST(many_cancels, of_one_tree_at_once_all_return_and_leave_nobody_alive) {
  const std::uint64_t seed = testing::random_seed();
  std::deque<cancel_scope> tree;
  tree.push_back(with_cancel(background()));
  for (std::size_t parent = 0; tree.size() < 100; ++parent)
    for (int i = 0; i < 4; ++i) tree.push_back(with_cancel(tree[parent].ctx()));

  std::shuffle(tree.begin(), tree.end(), std::mt19937_64(seed));
  std::barrier go(std::ssize(tree));
  std::vector<std::thread> cancellers;
  for (auto& scope : tree) {
    cancellers.emplace_back([&go, &scope] {
      go.arrive_and_wait();
      scope.cancel();
      EXPECT_TRUE(scope.ctx().done());
    });
  }
  for (const auto& scope : tree) wait(scope.ctx());
  for (auto& t : cancellers) t.join();
  for (const auto& scope : tree) EXPECT_EQ(scope.ctx().err(), errc::canceled);
}

TEST(two_cancels, of_a_parent_and_of_its_child_by_who_waits_for_it_do_not_lock_each_other) {
  for (int round = 0; round < 200; ++round) {
    auto parent = with_cancel(background());
    auto child = with_cancel(parent.ctx());
    std::thread waiter([&] {
      wait(parent.ctx());
      child.cancel();
    });
    parent.cancel();
    wait(child.ctx());
    waiter.join();
  }
}

TEST(a_child, made_while_its_parent_is_cancelled_ends_with_the_parents_cause) {
  const error because("because");
  for (int round = 0; round < 300; ++round) {
    auto parent = with_cancel(background());
    const context ctx = parent.ctx();
    std::barrier go(2);
    std::thread canceller([&] {
      go.arrive_and_wait();
      parent.cancel(because);
    });
    go.arrive_and_wait();
    const auto child = with_cancel(ctx);
    const auto timed = with_timeout(ctx, std::chrono::hours(1));
    for (const context& c : {child.ctx(), timed.ctx()}) {
      wait(c);
      EXPECT_EQ(c.err(), errc::canceled);
      EXPECT_EQ(c.cause(), because);
    }
    canceller.join();
  }
}

}  // namespace
}  // namespace lifeline
