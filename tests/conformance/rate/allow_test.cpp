// TestLimit, TestEvery, TestLimiterBurst1, TestLimiterBurst3, TestLimiterJumpBackwards,
// TestLimiter_noTruncationErrors, TestLongRunningQPS, TestZeroLimit, TestSetAfterZeroLimit,
// TestTinyLimit.

#include <gtest/gtest.h>

#include "conformance/rate/tenths.hpp"

namespace lifeline::guards::testing {
namespace {

TEST(a_rate, of_a_number_is_not_without_limit) {
  EXPECT_FALSE(token_rate::per_second(10).unlimited);
  EXPECT_NE(token_rate::per_second(10), token_rate::infinite());
}

TEST(a_rate, of_one_in_every_time_is_that) {
  const duration times[] = {duration(1), microseconds(1), milliseconds(1),    milliseconds(10),
                            tenth,       seconds(1),      seconds(2),         milliseconds(2500),
                            seconds(4),  seconds(10),     duration(1LL << 60)};
  for (const duration d : times) {
    token_bucket bucket(token_rate::every(d), 1, t(0));
    EXPECT_TRUE(bucket.allow(t(0)));
    EXPECT_EQ(bucket.wait_for(t(0)), d);
  }
}

TEST(a_rate, of_one_in_no_time_is_without_limit) {
  EXPECT_TRUE(token_rate::every(duration(0)).unlimited);
  EXPECT_TRUE(token_rate::every(duration(-1)).unlimited);
}

/// Time, number of tokens, and whether they are allowed.
struct row {
  int tenths;
  std::int64_t n;
  bool allowed;
};
void expect_rows(token_bucket bucket, std::initializer_list<row> rows) {
  int line = 0;
  for (const row& r : rows)
    EXPECT_EQ(bucket.allow(t(r.tenths), r.n), r.allowed) << "row " << ++line << " of them";
}

TEST(a_bucket, of_one_gives_one_a_tenth) {
  expect_rows(token_bucket(per_tenth, 1, t(0)), {{0, 1, true},
                                                 {0, 1, false},
                                                 {0, 1, false},
                                                 {1, 1, true},
                                                 {1, 1, false},
                                                 {1, 1, false},
                                                 {2, 2, false},
                                                 {2, 1, true},
                                                 {2, 1, false}});
}

TEST(a_bucket, of_three_gives_three_and_then_one_a_tenth) {
  expect_rows(token_bucket(per_tenth, 3, t(0)), {{0, 2, true},
                                                 {0, 2, false},
                                                 {0, 1, true},
                                                 {0, 1, false},
                                                 {1, 4, false},
                                                 {2, 1, true},
                                                 {3, 1, true},
                                                 {4, 1, true},
                                                 {4, 1, true},
                                                 {4, 1, false},
                                                 {4, 1, false},
                                                 {9, 3, true},
                                                 {9, 0, true}});
}

TEST(a_bucket, keeps_its_tokens_when_the_clock_jumps_back_and_counts_on_from_there) {
  expect_rows(token_bucket(per_tenth, 3, t(1)), {{1, 1, true},
                                                 {0, 1, true},
                                                 {0, 1, true},
                                                 {0, 1, false},
                                                 {0, 1, false},
                                                 {1, 1, true},
                                                 {1, 1, false},
                                                 {1, 1, false},
                                                 {2, 1, true},
                                                 {2, 1, false},
                                                 {2, 1, false}});
}

TEST(a_bucket, of_an_odd_rate_is_full_at_first) {
  EXPECT_TRUE(token_bucket({10, seconds(13)}, 1, t(0)).allow(t(0)));
}

TEST(a_bucket, gives_in_the_long_run_what_its_rate_says) {
  token_bucket bucket(token_rate::per_second(100), 100, t(0));
  int got = 0;
  for (duration passed{}; passed < seconds(5); passed += milliseconds(2))
    got += bucket.allow(t(0) + passed) ? 1 : 0;
  // The last request comes 2 ms before the end.
  EXPECT_EQ(got, 100 + 499);
}

TEST(a_bucket, of_no_rate_gives_its_burst_and_no_more) {
  expect_rows(token_bucket({}, 1, t(0)), {{0, 1, true}, {0, 1, false}, {1'000'000, 1, false}});
}

TEST(a_bucket, fills_from_when_it_gets_a_rate) {
  token_bucket bucket({}, 0, t(0));
  EXPECT_FALSE(bucket.allow(t(0)));
  bucket.set_rate(token_rate::per_second(10), t(0));
  bucket.set_burst(10, t(0));
  EXPECT_FALSE(bucket.allow(t(0)));
  EXPECT_TRUE(bucket.allow(t(1)));
}

TEST(a_bucket, of_a_tiny_rate_gives_its_burst_and_no_more_for_long) {
  token_bucket bucket(token_rate::every(duration(1LL << 60)), 1, t(0));
  EXPECT_TRUE(bucket.allow(t(0)));
  EXPECT_FALSE(bucket.allow(t(0) + std::chrono::hours(24 * 365)));
}

}  // namespace
}  // namespace lifeline::guards::testing
