#include "lifeline/work/tick_schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "random_seed.hpp"

namespace lifeline {
namespace {

using std::chrono::seconds;

constexpr time_point at(int s) { return time_point(seconds(s)); }
/// Calendar time, with a constant distance to the steady time.
constexpr wall_time on(int s) { return wall_time(seconds(1'000'000 + s)); }

/// When the next round begins, if neither clock is set.
time_point due(const tick_schedule& s, int now) {
  time_point t = at(now);
  const auto wall = [&] {
    return on(now) + saturating_cast<std::chrono::milliseconds>(t - at(now));
  };
  for (int looks = 0; !s.is_due(t, wall()) && looks < 1'000; ++looks) t = s.next_look(t, wall());
  return t;
}

TEST(a_tick_schedule, begins_at_once_and_then_every_period_whatever_a_round_takes) {
  tick_schedule s(at(10), seconds(60), seconds(1));
  EXPECT_EQ(due(s, 0), at(10));
  EXPECT_EQ(s.begin(at(10), on(10)), 0U);
  EXPECT_EQ(s.end(at(25)), 0U);
  EXPECT_EQ(due(s, 25), at(70));
  EXPECT_EQ(s.begin(at(71), on(71)), 0U);  // a late timer moves nothing
  EXPECT_EQ(s.end(at(72)), 0U);
  EXPECT_EQ(due(s, 72), at(130));
}

TEST(a_tick_schedule, skips_what_a_long_round_missed) {
  tick_schedule s(at(0), seconds(60), seconds(1));
  EXPECT_EQ(s.begin(at(0), on(0)), 0U);
  EXPECT_EQ(s.end(at(150)), 2U);
  EXPECT_EQ(due(s, 150), at(180));
}

TEST(a_tick_schedule, does_not_skip_what_is_due_at_a_rounds_very_end) {
  tick_schedule s(at(0), seconds(60), seconds(1));
  EXPECT_EQ(s.begin(at(0), on(0)), 0U);
  EXPECT_EQ(s.end(at(120)), 1U);
  EXPECT_EQ(due(s, 120), at(120));
}

TEST(a_tick_schedule, runs_once_after_a_long_sleep) {
  tick_schedule s(at(0), seconds(60), seconds(1));
  EXPECT_EQ(s.begin(at(0), on(0)), 0U);
  EXPECT_EQ(s.end(at(1)), 0U);
  EXPECT_EQ(s.begin(at(3600), on(3600)), 59U);
  EXPECT_EQ(s.end(at(3601)), 0U);
  EXPECT_EQ(due(s, 3601), at(3660));
}

TEST(a_tick_schedule, makes_a_requested_round_without_moving_regular_ones) {
  tick_schedule s(at(0), seconds(60), seconds(1));
  s.begin(at(0), on(0));
  s.end(at(1));
  s.wish(on(30));
  s.wish(on(40));
  EXPECT_EQ(due(s, 1), at(30));
  s.begin(at(30), on(30));
  s.end(at(31));
  EXPECT_EQ(due(s, 31), at(60)) << "the later wish is forgotten";
}

TEST(a_tick_schedule, keeps_a_request_beyond_the_next_regular_round) {
  tick_schedule s(at(0), seconds(60), seconds(1));
  s.begin(at(0), on(0));
  s.end(at(1));
  s.wish(on(90));
  s.begin(at(60), on(60));
  s.end(at(61));
  EXPECT_EQ(due(s, 61), at(90));
}

TEST(a_tick_schedule, makes_no_loop_of_requests_for_the_past) {
  tick_schedule s(at(0), seconds(60), seconds(5));
  s.begin(at(0), on(0));
  s.wish(on(-100));
  s.end(at(10));
  EXPECT_EQ(due(s, 10), at(15));
}

TEST(a_tick_schedule, lets_a_regular_round_come_without_a_pause) {
  tick_schedule s(at(0), seconds(60), seconds(5));
  s.begin(at(0), on(0));
  s.wish(on(1));
  s.end(at(58));
  EXPECT_EQ(due(s, 58), at(60));
}

TEST(a_tick_schedule, makes_a_requested_round_at_once_when_the_calendar_has_jumped_past_it) {
  tick_schedule s(at(0), std::chrono::hours(24), seconds(1));
  s.begin(at(0), on(0));
  s.end(at(1));
  s.wish(on(3'600));
  EXPECT_LE(s.next_look(at(1), on(1)), at(2)) << "it does not wait for an hour of the steady clock";
  EXPECT_FALSE(s.is_due(at(2), on(2)));
  EXPECT_TRUE(s.is_due(at(2), on(3'600)));
}

TEST(a_tick_schedule, makes_a_requested_round_no_sooner_when_the_calendar_goes_back) {
  tick_schedule s(at(0), std::chrono::hours(24), seconds(1));
  s.begin(at(0), on(0));
  s.end(at(1));
  s.wish(on(30));
  EXPECT_FALSE(s.is_due(at(30), on(-3'570)));
  EXPECT_EQ(s.next_look(at(30), on(-3'570)), at(31));
  EXPECT_TRUE(s.is_due(at(3'630), on(30)));
}

TEST(a_tick_schedule, refuses_a_period_of_zero) {
  EXPECT_THROW(tick_schedule(at(0), seconds(0), seconds(0)), std::invalid_argument);
  EXPECT_THROW(tick_schedule(at(0), seconds(-1), seconds(0)), std::invalid_argument);
}

TEST(a_tick_schedule, survives_the_end_of_time) {
  tick_schedule s(at(1), duration::max(), duration::max());
  s.begin(at(1), on(1));
  s.end(at(2));
  EXPECT_EQ(s.next_look(at(2), on(2)), time_point::max());
  s.wish(wall_time::max());
  EXPECT_EQ(s.next_look(at(2), on(2)), time_point::max()) << "the pause has no end";
  s.wish(wall_time::min());
  EXPECT_FALSE(s.is_due(at(3), on(3)));
}

/// A naive model that steps from one regular round to the next.
struct naive_schedule {
  int next;
  int period;
  int pause;
  std::optional<int> wish{};
  int rested = next;
  unsigned skipped = 0;

  int due() const { return wish ? std::min(next, std::max(*wish, rested)) : next; }
  void begin(int now) {
    if (wish && *wish <= now) wish.reset();
    bool taken = false;
    for (; next <= now; next += period) skipped += std::exchange(taken, true) ? 1 : 0;
  }
  void end(int now) {
    rested = now + pause;
    for (; next < now; next += period) ++skipped;
  }
};

TEST(a_tick_schedule, does_what_a_naive_one_does) {
  std::mt19937_64 random(testing::random_seed());
  const auto up_to = [&](int n) { return static_cast<int>(random() % (n + 1)); };
  for (int run = 0; run < 2'000; ++run) {
    int now = up_to(50);
    const int period = 1 + up_to(20);
    const int pause = up_to(5);
    naive_schedule naive{now, period, pause};
    tick_schedule real(at(now), seconds(period), seconds(pause));
    std::uint64_t skipped = 0;
    for (int round = 0; round < 30; ++round) {
      for (int n = up_to(2); n > 0; --n) {
        const int t = now - 10 + up_to(60);
        real.wish(on(t));
        naive.wish = std::min(naive.wish.value_or(t), t);
      }
      ASSERT_EQ(due(real, now), at(std::max(now, naive.due())));
      now = std::max(now, naive.due()) + up_to(3) * up_to(20);
      skipped += real.begin(at(now), on(now));
      naive.begin(now);
      now += up_to(50);
      skipped += real.end(at(now));
      naive.end(now);
      ASSERT_EQ(skipped, naive.skipped);
    }
  }
}

}  // namespace
}  // namespace lifeline
