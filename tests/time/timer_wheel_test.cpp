#include "lifeline/time/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <optional>

#include "random_seed.hpp"
#include "time/counted_timer.hpp"

namespace lifeline {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using testing::counted_timer;

constexpr time_point start{hours(1)};
constexpr duration tick = timer_wheel::tick;

std::vector<timer*> taken(timer_wheel& wheel, time_point now) {
  std::vector<timer*> out;
  wheel.advance(now, out);
  return out;
}

/// Advances the wheel to each time it asks for; returns the time at which it took `t` out.
std::optional<time_point> turned_until_taken(timer_wheel& wheel, const timer& t) {
  for (;;) {
    const time_point next = wheel.next_wake();
    if (next == time_point::max()) return std::nullopt;
    const auto out = taken(wheel, next);
    if (std::find(out.begin(), out.end(), &t) != out.end()) return next;
  }
}

TEST(timer_wheel, hands_out_a_timer_at_its_tick_wherever_the_levels_meet) {
  constexpr std::int64_t level_1 = 1 << 8;
  constexpr std::int64_t level_2 = 1 << 16;
  constexpr std::int64_t level_3 = 1 << 24;
  for (const std::int64_t first : {0L, 1L, 254L, 255L, 256L, 257L, 65'535L, 65'536L}) {
    for (const std::int64_t ticks :
         {std::int64_t{1}, level_1 - 1, level_1, level_1 + 1, 2 * level_1 - 1, 2 * level_1,
          level_2 - 1, level_2, level_2 + 1, level_2 + level_1, 3 * level_2 - 1, 3 * level_2}) {
      timer_wheel wheel(start);
      const time_point now = start + first * tick;
      counted_timer t;
      wheel.insert(t, now + ticks * tick, now);
      EXPECT_EQ(turned_until_taken(wheel, t), now + ticks * tick) << first << " + " << ticks;
    }
  }
  timer_wheel wheel(start);
  counted_timer t;
  wheel.insert(t, start + (level_3 + level_2 + 1) * tick, start);
  EXPECT_EQ(turned_until_taken(wheel, t), start + (level_3 + level_2 + 1) * tick);
}

TEST(timer_wheel, rounds_up_to_the_next_tick) {
  timer_wheel wheel(start);
  counted_timer t;
  wheel.insert(t, start + 3 * tick + nanoseconds(1), start);
  EXPECT_TRUE(taken(wheel, start + 4 * tick - nanoseconds(1)).empty());
  EXPECT_EQ(taken(wheel, start + 4 * tick).size(), 1U);
}

TEST(timer_wheel, files_a_time_already_passed_under_the_next_tick) {
  timer_wheel wheel(start);
  counted_timer t;
  const time_point now = start + hours(2);
  EXPECT_EQ(wheel.insert(t, start - hours(1), now), now + tick);
  EXPECT_EQ(taken(wheel, now + tick).size(), 1U);
}

TEST(timer_wheel, catches_up_without_turning_when_it_is_empty) {
  timer_wheel wheel(start);
  counted_timer t;
  const time_point now =
      start + hours(24 * 365) + nanoseconds(700);  // 3e10 ticks, one by one: never
  EXPECT_TRUE(taken(wheel, now - hours(1)).empty());
  wheel.insert(t, now + tick, now);
  EXPECT_EQ(turned_until_taken(wheel, t), start + hours(24 * 365) + 2 * tick);
}

TEST(timer_wheel, keeps_a_timer_beyond_its_reach) {
  timer_wheel wheel(start);
  counted_timer t;
  wheel.insert(t, time_point::max() - nanoseconds(1), start);
  EXPECT_TRUE(taken(wheel, start + (1 << 17) * tick).empty());
  EXPECT_NE(wheel.next_wake(), time_point::max());
  wheel.erase(t);
  EXPECT_EQ(wheel.next_wake(), time_point::max());
}

TEST(timer_wheel, does_not_hand_out_what_was_erased) {
  timer_wheel wheel(start);
  counted_timer near;
  counted_timer far;
  wheel.insert(near, start + milliseconds(5), start);
  wheel.insert(far, start + milliseconds(5'000), start);
  wheel.erase(near);
  wheel.erase(far);
  wheel.erase(far);
  EXPECT_EQ(wheel.next_wake(), time_point::max());
  EXPECT_TRUE(taken(wheel, start + milliseconds(6'000)).empty());
}

TEST(timer_wheel, leaves_out_a_timer_whose_owner_is_dying) {
  timer_wheel wheel(start);
  counted_timer dying;
  counted_timer alive;
  wheel.insert(dying, start + tick, start);
  wheel.insert(alive, start + tick, start);
  dying.owner_is_dying = true;
  EXPECT_EQ(taken(wheel, start + tick), std::vector<timer*>{&alive});
  EXPECT_EQ(wheel.next_wake(), time_point::max());
}

TEST(timer_wheel, can_be_used_again_by_the_same_timer) {
  timer_wheel wheel(start);
  counted_timer t;
  for (int i = 1; i < 600; ++i) {
    const time_point now = start + i * tick;
    wheel.insert(t, now + tick, now);
    EXPECT_EQ(taken(wheel, now + tick).size(), 1U) << i;
  }
}

TEST(timer_wheel, asks_to_be_turned_only_when_a_timer_is_due_or_moves_down_a_level) {
  timer_wheel wheel(start);
  counted_timer t;
  wheel.insert(t, start + hours(20) + milliseconds(7), start);
  int turns = 0;
  for (bool found = false; !found; ++turns) found = !taken(wheel, wheel.next_wake()).empty();
  EXPECT_LE(turns, 4) << "one for each level";
}

TEST(timer_wheel, is_not_woken_for_what_was_erased) {
  timer_wheel wheel(start);
  counted_timer near;
  counted_timer far;
  wheel.insert(far, start + milliseconds(200), start);
  wheel.insert(near, start + milliseconds(20), start);
  wheel.erase(near);
  taken(wheel, start + milliseconds(10));
  EXPECT_EQ(wheel.next_wake(), start + milliseconds(200));
}

TEST(timer_wheel, comes_forward_when_it_is_used_so_that_old_times_cost_no_wake_up) {
  timer_wheel wheel(start);
  counted_timer far;
  wheel.insert(far, start + hours(20), start);
  counted_timer t;
  const time_point now = start + hours(1);  // nobody has turned it since
  EXPECT_EQ(wheel.insert(t, now + milliseconds(9), now), now + milliseconds(9));
}

TEST(timer_wheel, holds_hundreds_of_thousands_and_hands_out_each_in_its_tick) {
  const std::uint64_t seed = testing::random_seed();
  std::mt19937_64 random(seed);
  timer_wheel wheel(start);
  std::deque<counted_timer> timers(300'000);
  for (auto& t : timers) wheel.insert(t, start + nanoseconds(random() % 7'200'000'000'000), start);
  std::size_t out = 0;
  for (time_point next; (next = wheel.next_wake()) != time_point::max();) {
    for (const timer* t : taken(wheel, next)) {
      ++out;
      ASSERT_LE(t->due(), next) << "early; seed " << seed;
      ASSERT_LE(next - t->due(), tick) << "late; seed " << seed;
    }
  }
  EXPECT_EQ(out, timers.size());
}

/// The wheel compared with a list of due times. It is advanced when it asks for it, or late, as by
/// a busy thread.
class model_run {
 public:
  explicit model_run(std::uint64_t seed) : random_(seed) {}

  void step() {
    switch (pick(0, 9)) {
      case 0:
      case 1:
      case 2:
      case 3: arm(); break;
      case 4:
      case 5: disarm(); break;
      case 6: turn(now_ + nanoseconds(pick(0, 70'000'000'000))); break;
      case 7: turn(now_ + nanoseconds(pick(0, 3'000'000))); break;
      default: turn(std::min(wake_, now_ + hours(1))); break;
    }
  }

 private:
  struct entry {
    counted_timer timer;
    time_point wanted;  // due, or armed when that had passed
    bool armed = false;
  };

  std::int64_t pick(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }

  duration any_delay() {
    static constexpr std::array<std::int64_t, 8> edges{0,   1,      255,    256,
                                                       257, 65'535, 65'536, 200'000};
    const auto edge = edges.at(static_cast<std::size_t>(pick(0, 7)));
    switch (pick(0, 3)) {
      case 0: return edge * tick;
      case 1: return edge * tick + nanoseconds(pick(-2, 2));
      case 2: return nanoseconds(pick(-1'000, 300'000'000));
      default: return nanoseconds(pick(0, 400'000'000'000));
    }
  }

  void arm() {
    entry& e = entries_.emplace_back();
    const time_point due = now_ + any_delay();
    e.wanted = std::max(due, now_);
    e.armed = true;
    wake_ = std::min(wake_, wheel_.insert(e.timer, due, now_));
    ASSERT_LE(wake_, e.wanted + tick);
  }

  void disarm() {
    if (entries_.empty()) return;
    entry& e = entries_.at(static_cast<std::size_t>(pick(0, std::ssize(entries_) - 1)));
    wheel_.erase(e.timer);
    e.armed = false;
  }

  void turn(time_point to) {
    now_ = std::max(now_, to);
    for (timer* t : taken(wheel_, now_)) {
      auto e = std::find_if(entries_.begin(), entries_.end(),
                            [&](const entry& x) { return &x.timer == t; });
      ASSERT_NE(e, entries_.end());
      ASSERT_TRUE(e->armed) << "handed out twice, or after it was erased";
      ASSERT_LE(t->due(), now_) << "early";
      e->armed = false;
    }
    wake_ = wheel_.next_wake();
    for (const entry& e : entries_) {
      if (!e.armed) continue;
      ASSERT_GT(e.wanted + tick, now_) << "late by more than a tick";
      ASSERT_LE(wake_, e.wanted + tick) << "would be woken too late";
    }
    while (!entries_.empty() && !entries_.front().armed) entries_.pop_front();
    ASSERT_GT(wake_, now_ - tick) << "would not let the thread sleep";
  }

  std::mt19937_64 random_;
  time_point now_ = start;
  time_point wake_ = time_point::max();
  timer_wheel wheel_{start};
  std::deque<entry> entries_;
};

TEST(timer_wheel, agrees_with_a_plain_list_under_random_use) {
  const std::uint64_t seed = testing::random_seed();
  for (std::uint64_t round = 0; round < 20; ++round) {
    model_run run(seed + round);
    for (int i = 0; i < 400 && !HasFatalFailure(); ++i) run.step();
    ASSERT_FALSE(HasFatalFailure()) << "seed " << seed + round;
  }
}

}  // namespace
}  // namespace lifeline
