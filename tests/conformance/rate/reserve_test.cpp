// TestSimpleReserve, TestMix, TestCancelInvalid, TestCancelLast, TestCancelTooLate,
// TestCancel0Tokens, TestCancel1Token, TestCancelMulti, TestReserveJumpBack,
// TestReserveJumpBackCancel, TestReserveSetLimit, TestReserveSetBurst, TestReserveSetLimitCancel,
// TestReserveMax.

#include <gtest/gtest.h>

#include "conformance/rate/tenths.hpp"

namespace lifeline::guards::testing {
namespace {

class a_reservation : public ::testing::Test {
 protected:
  void begin(std::int64_t per_second, std::int64_t burst, int at = 0) {
    bucket = token_bucket(token_rate::per_second(per_second), burst, t(at));
  }
  /// Reserves `n` at `now` and expects the time `act`.
  reservation reserve(int now, std::int64_t n, int act) {
    const auto r = bucket.reserve(t(now), n);
    EXPECT_TRUE(r) << n << " at " << now;
    EXPECT_TRUE(!r || r->act_at == t(act)) << n << " at " << now;
    return r.value_or(reservation{});
  }
  void expect_none(int now, std::int64_t n, duration longest = duration::max()) {
    EXPECT_FALSE(bucket.reserve(t(now), n, longest)) << n << " at " << now;
  }

  token_bucket bucket{per_tenth, 2, t(0)};
};

TEST_F(a_reservation, is_for_when_its_tokens_will_be_there) {
  reserve(0, 2, 0);
  reserve(0, 2, 2);
  reserve(3, 2, 4);
}

TEST_F(a_reservation, stands_before_whoever_asks_later) {
  expect_none(0, 3);
  reserve(0, 2, 0);
  EXPECT_FALSE(bucket.allow(t(1), 2));
  reserve(1, 2, 2);
  EXPECT_FALSE(bucket.allow(t(1)));
  EXPECT_TRUE(bucket.allow(t(3)));
}

TEST_F(a_reservation, that_was_refused_took_nothing) {
  reserve(0, 2, 0);
  expect_none(0, 3);
  reserve(0, 2, 2);
}

TEST_F(a_reservation, that_is_the_last_gives_all_back_when_it_is_cancelled) {
  reserve(0, 2, 0);
  const auto r = reserve(0, 2, 2);
  bucket.cancel(r, t(1));
  reserve(1, 2, 2);
}

TEST_F(a_reservation, can_not_be_cancelled_once_its_time_has_come) {
  reserve(0, 2, 0);
  const auto r = reserve(0, 2, 2);
  bucket.cancel(r, t(3));
  reserve(3, 2, 4);
}

TEST_F(a_reservation, gives_nothing_back_that_others_count_on) {
  reserve(0, 2, 0);
  const auto r = reserve(0, 1, 1);
  reserve(0, 1, 2);
  bucket.cancel(r, t(0));
  reserve(0, 1, 3);
}

TEST_F(a_reservation, gives_back_the_one_that_nobody_counts_on) {
  reserve(0, 2, 0);
  const auto r = reserve(0, 2, 2);
  reserve(0, 1, 3);
  bucket.cancel(r, t(2));
  reserve(2, 2, 4);
}

TEST_F(a_reservation, gives_back_more_once_those_behind_it_were_cancelled) {
  begin(10, 4);
  reserve(0, 4, 0);
  const auto a = reserve(0, 3, 3);
  reserve(0, 1, 4);
  const auto c = reserve(0, 1, 5);
  bucket.cancel(c, t(1));
  bucket.cancel(a, t(1));
  reserve(1, 3, 5);
}

TEST_F(a_reservation, bears_a_clock_that_jumps_back) {
  begin(10, 2, 1);
  reserve(1, 2, 1);
  reserve(0, 1, 1);
  reserve(2, 2, 3);
}

TEST_F(a_reservation, can_be_cancelled_by_a_clock_that_jumped_back) {
  begin(10, 2, 1);
  reserve(1, 2, 1);
  const auto r = reserve(1, 2, 3);
  reserve(1, 1, 4);
  bucket.cancel(r, t(0));
  reserve(1, 2, 4);
}

TEST_F(a_reservation, stands_when_the_rate_changes) {
  begin(5, 2);
  reserve(0, 2, 0);
  reserve(0, 2, 4);
  bucket.set_rate(per_tenth, t(2));
  reserve(2, 1, 4);
}

TEST_F(a_reservation, stands_when_the_burst_changes) {
  begin(5, 2);
  reserve(0, 2, 0);
  reserve(0, 2, 4);
  bucket.set_burst(4, t(3));
  reserve(0, 4, 9);
}

TEST_F(a_reservation, gives_all_back_after_the_rate_has_changed) {
  begin(5, 2);
  reserve(0, 2, 0);
  const auto r = reserve(0, 2, 4);
  bucket.set_rate(per_tenth, t(2));
  bucket.cancel(r, t(2));
  reserve(2, 2, 3);
}

TEST_F(a_reservation, is_not_made_for_later_than_it_may_be) {
  reserve(0, 2, 0);
  EXPECT_EQ(bucket.reserve(t(0), 1, tenth)->act_at, t(1));
  expect_none(0, 1, tenth);
}

}  // namespace
}  // namespace lifeline::guards::testing
