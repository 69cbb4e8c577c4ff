#include "lifeline/supervision/backoff.hpp"

#include <gtest/gtest.h>

#include <set>

#include "random_seed.hpp"

namespace lifeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(backoff, of_zero_never_waits) {
  backoff failures;
  random_engine chance(1);
  backoff_policy policy;
  policy.first = duration::zero();
  for (int i = 0; i < 5'000; ++i)
    EXPECT_EQ(failures.after_failure(policy, {}, chance), duration::zero());
}

TEST(backoff, stays_at_its_longest_however_many_failures_there_were) {
  backoff failures;
  random_engine chance(1);
  const backoff_policy policy{milliseconds(100), seconds(10), 2, 0, seconds(30)};
  for (int i = 0; i < 7; ++i) failures.after_failure(policy, {}, chance);
  for (int i = 0; i < 5'000; ++i)
    EXPECT_EQ(failures.after_failure(policy, {}, chance), seconds(10));
}

TEST(backoff, jitters_downwards_by_its_part_at_most) {
  random_engine chance(testing::random_seed());
  const backoff_policy policy{milliseconds(100), seconds(10), 2, 0.25, seconds(30)};
  std::set<duration> seen;
  for (int i = 0; i < 1'000; ++i) {
    backoff failures;
    const duration wait = failures.after_failure(policy, {}, chance);
    EXPECT_LE(wait, milliseconds(100));
    EXPECT_GE(wait, milliseconds(75));
    seen.insert(wait);
  }
  EXPECT_GT(seen.size(), 900U) << "spread out";
}

TEST(backoff, is_replayed_by_its_seed) {
  const backoff_policy policy;
  random_engine one(7);
  random_engine same(7);
  backoff a;
  backoff b;
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(a.after_failure(policy, {}, one), b.after_failure(policy, {}, same));
}

TEST(backoff, begins_again_after_a_steady_run) {
  random_engine chance(1);
  const backoff_policy policy{milliseconds(100), seconds(10), 2, 0, seconds(30)};
  backoff failures;
  for (int i = 0; i < 5; ++i) failures.after_failure(policy, seconds(29), chance);
  EXPECT_EQ(failures.failures_in_a_row(), 5U);
  EXPECT_EQ(failures.after_failure(policy, seconds(30), chance), milliseconds(100));
}

TEST(backoff, accepts_extreme_values) {
  random_engine chance(1);
  backoff failures;
  const backoff_policy longest{.first = duration::max(), .most = duration::max(), .jitter = 0};
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(failures.after_failure(longest, duration::zero(), chance), duration::max());
}

}  // namespace
}  // namespace lifeline
