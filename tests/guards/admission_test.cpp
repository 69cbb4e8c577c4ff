#include "lifeline/guards/admission.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "random_seed.hpp"

namespace lifeline::guards {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using verdict = admission::verdict;

const time_point start{hours(1)};
const duration plenty = hours(1);

admission_options fixed(std::size_t limit) {
  return {.first_limit = limit, .least_limit = limit, .most_limit = limit};
}

std::vector<admission::ticket> let_in(const std::vector<admission::told>& all) {
  std::vector<admission::ticket> ids;
  for (const auto& t : all)
    if (t.why == refusal::none) ids.push_back(t.id);
  return ids;
}

TEST(admission, lets_in_as_many_as_its_limit_and_the_next_when_one_is_done) {
  admission gate(fixed(2));
  EXPECT_EQ(gate.arrive(1, "a", plenty, start).what, verdict::enters);
  EXPECT_EQ(gate.arrive(2, "a", plenty, start).what, verdict::enters);
  EXPECT_EQ(gate.arrive(3, "a", plenty, start).what, verdict::waits);
  EXPECT_EQ(let_in(gate.finish(1, start + seconds(1))), std::vector<admission::ticket>{3});
  EXPECT_TRUE(gate.finish(1, start + seconds(1)).empty()) << "it was done already";
}

TEST(admission, serves_callers_in_turn) {
  admission gate(fixed(1));
  gate.arrive(1, "heavy", plenty, start);
  for (admission::ticket id = 2; id <= 4; ++id) gate.arrive(id, "heavy", plenty, start);
  gate.arrive(5, "light", plenty, start);
  gate.arrive(6, "other", plenty, start);
  std::vector<admission::ticket> order;
  for (admission::ticket last = 1; gate.waiting() > 0; last = order.back())
    order.push_back(let_in(gate.finish(last, start)).at(0));
  EXPECT_EQ(order, (std::vector<admission::ticket>{2, 5, 6, 3, 4}));
}

/// One at a time while other callers are active; ten places, three per caller.
TEST(admission, bounds_a_callers_places_while_others_are_active) {
  auto options = fixed(10);
  options.most_per_caller = 3;
  admission gate(options);
  admission::ticket last = 0;
  const auto come = [&](const std::string& who, time_point t) {
    return gate.arrive(++last, who, plenty, t).what;
  };
  for (int i = 0; i < 8; ++i) EXPECT_EQ(come("heavy", start), verdict::enters) << "it is alone";
  EXPECT_EQ(come("light", start), verdict::enters);
  EXPECT_EQ(come("heavy", start), verdict::waits) << "there is a place, but not for it";
  EXPECT_EQ(come("light", start), verdict::enters) << "overtakes waiting callers";
  for (admission::ticket id = 1; id <= 5; ++id) EXPECT_TRUE(gate.finish(id, start).empty()) << id;
  EXPECT_EQ(let_in(gate.finish(6, start)), std::vector<admission::ticket>{10});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(come("heavy", start), verdict::waits);
  EXPECT_EQ(let_in(gate.finish(7, start + seconds(1))),
            (std::vector<admission::ticket>{12, 13, 14, 15}))
      << "the others are gone";
}

TEST(admission, bounds_a_caller_further_beside_a_light_one) {
  auto options = fixed(10);
  options.most_per_caller = 4;
  options.most_beside_light = 2;
  admission gate(options);
  admission::ticket last = 0;
  const auto come = [&](const std::string& who, time_point t = start) {
    return gate.arrive(++last, who, plenty, t).what;
  };
  for (int i = 0; i < 3; ++i) come("heavy");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(come("another"), verdict::enters) << "none is light";
  EXPECT_EQ(come("heavy"), verdict::enters) << "its fourth";
  EXPECT_EQ(come("light"), verdict::enters);
  EXPECT_EQ(come("heavy"), verdict::waits);
  EXPECT_TRUE(gate.finish(1, start).empty());
  EXPECT_TRUE(gate.finish(2, start).empty()) << "it has two left, and may have no third";
  EXPECT_EQ(let_in(gate.finish(3, start)), std::vector<admission::ticket>{10});
}

admission_options two_beside_light() {
  auto options = fixed(100);
  options.most_per_caller = 8;
  options.most_beside_light = 2;
  return options;
}

TEST(admission, does_not_bound_callers_beside_zero_weight_work) {
  admission gate(two_beside_light());
  admission::ticket last = 0;
  const auto come = [&](const std::string& who, std::size_t weight) {
    return gate.arrive(++last, who, plenty, start, weight).what;
  };
  for (int i = 0; i < 3; ++i) come("heavy", 1);
  EXPECT_EQ(come("looks on", 0), verdict::enters);
  EXPECT_EQ(come("heavy", 1), verdict::enters);
  EXPECT_EQ(come("light", 1), verdict::enters);
  EXPECT_EQ(come("heavy", 1), verdict::waits);
  EXPECT_EQ(come("heavy", 0), verdict::enters) << "zero weight overtakes waiting work";
}

TEST(admission, lets_zero_weight_work_overtake_work_held_back) {
  auto options = two_beside_light();
  options.most_per_caller = 3;
  admission gate(options);
  gate.arrive(1, "light", plenty, start);
  for (admission::ticket id = 2; id < 4; ++id) gate.arrive(id, "gateway", plenty, start);
  gate.arrive(4, "gateway", plenty, start, 0);
  EXPECT_EQ(gate.arrive(5, "gateway", plenty, start).what, verdict::waits) << "a third change";
  EXPECT_EQ(gate.arrive(6, "gateway", plenty, start, 0).what, verdict::waits) << "a fourth piece";
  EXPECT_EQ(let_in(gate.finish(4, start)), std::vector<admission::ticket>{6});
  EXPECT_EQ(let_in(gate.finish(2, start)), std::vector<admission::ticket>{5});
  EXPECT_EQ(gate.waiting(), 0U);
}

TEST(admission, counts_heavy_work_as_so_much_more) {
  admission gate(two_beside_light());
  EXPECT_EQ(gate.arrive(1, "batches", plenty, start, 300).what, verdict::enters);
  gate.arrive(2, "heavy", plenty, start);
  for (admission::ticket id = 3; id < 6; ++id)
    EXPECT_EQ(gate.arrive(id, "heavy", plenty, start).what, verdict::enters)
        << "a caller that sends a batch is not light";
  gate.arrive(6, "light", plenty, start);
  EXPECT_EQ(gate.arrive(7, "batches", plenty, start).what, verdict::waits);
  EXPECT_EQ(let_in(gate.finish(1, start)), std::vector<admission::ticket>{7});
}

TEST(admission, admits_held_back_work_once_other_callers_are_inactive) {
  admission gate(two_beside_light());
  gate.arrive(1, "heavy", plenty, start);
  gate.arrive(2, "heavy", plenty, start);
  gate.arrive(3, "heavy", plenty, start);
  EXPECT_FALSE(gate.holds_back());
  gate.arrive(4, "light", plenty, start);
  gate.finish(4, start);
  EXPECT_EQ(gate.arrive(5, "heavy", plenty, start).what, verdict::waits);
  EXPECT_TRUE(gate.holds_back());
  time_point t = start;
  std::vector<admission::told> told;
  while (told.empty() && t < start + seconds(3)) told = gate.look(t += gate.look_every());
  EXPECT_EQ(let_in(told), std::vector<admission::ticket>{5}) << "though nothing has ended";
  EXPECT_FALSE(gate.holds_back());
}

TEST(admission, can_judge_by_the_time_left_alone) {
  auto options = fixed(1);
  options.judges_by_median = false;
  admission gate(options);
  for (admission::ticket id = 1; id <= 8; ++id) {
    gate.arrive(id, "a", milliseconds(1), start);
    gate.finish(id, start + milliseconds(20));
  }
  EXPECT_EQ(gate.arrive(9, "a", milliseconds(1), start).what, verdict::enters);
  EXPECT_EQ(gate.arrive(10, "a", duration(0), start).why, refusal::cannot_finish);
}

TEST(admission, keeps_nothing_of_callers_that_may_never_wait) {
  auto options = fixed(1);
  options.most_waiting_per_caller = 0;
  admission gate(options);
  gate.arrive(1, "a", plenty, start);
  EXPECT_EQ(gate.arrive(2, "b", plenty, start).why, refusal::overloaded);
  gate.finish(1, start);
  EXPECT_EQ(gate.arrive(3, "b", plenty, start).what, verdict::enters);
}

TEST(admission, refuses_at_once_when_no_more_may_wait) {
  auto options = fixed(1);
  options.most_waiting = 3;
  options.most_waiting_per_caller = 2;
  admission gate(options);
  for (admission::ticket id = 1; id <= 3; ++id) gate.arrive(id, "a", plenty, start);
  EXPECT_EQ(gate.arrive(4, "a", plenty, start).why, refusal::overloaded);
  EXPECT_EQ(gate.arrive(5, "b", plenty, start).what, verdict::waits);
  EXPECT_EQ(gate.arrive(6, "c", plenty, start).why, refusal::overloaded);
}

TEST(admission, refuses_work_that_can_not_finish_once_it_has_a_median) {
  admission gate(fixed(3));
  for (admission::ticket id = 1; id <= 8; ++id) {
    EXPECT_EQ(gate.arrive(id, "a", milliseconds(1), start).what, verdict::enters);
    gate.finish(id, start + milliseconds(20));
  }
  EXPECT_EQ(gate.typical(), milliseconds(20));
  gate.arrive(9, "a", plenty, start);
  EXPECT_EQ(gate.arrive(10, "a", milliseconds(19), start).why, refusal::cannot_finish);
  EXPECT_EQ(gate.arrive(11, "a", milliseconds(20), start).what, verdict::enters);
}

TEST(admission, refuses_waiting_work_that_can_not_finish_and_admits_the_next) {
  admission gate(fixed(1));
  gate.arrive(1, "a", plenty, start);
  gate.arrive(2, "a", milliseconds(10), start);
  gate.arrive(3, "a", plenty, start);
  const auto told = gate.finish(1, start + milliseconds(10));
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].id, 2U);
  EXPECT_EQ(told[0].why, refusal::cannot_finish);
  EXPECT_EQ(told[1].id, 3U);
  EXPECT_EQ(told[1].why, refusal::none);
}

TEST(admission, gives_the_place_of_abandoned_work_to_another) {
  admission gate(fixed(1));
  gate.arrive(1, "a", plenty, start);
  gate.arrive(2, "a", plenty, start);
  gate.arrive(3, "b", plenty, start);
  EXPECT_TRUE(gate.abandon(2, start).empty());
  EXPECT_EQ(let_in(gate.abandon(1, start)), std::vector<admission::ticket>{3});
  EXPECT_EQ(gate.typical(), std::nullopt) << "its time says nothing";
}

TEST(admission, refuses_invalid_limits) {
  EXPECT_THROW(admission({.least_limit = 0}), std::invalid_argument);
  EXPECT_THROW(admission({.first_limit = 2, .least_limit = 3}), std::invalid_argument);
  EXPECT_THROW(admission({.tolerance = 0.5}), std::invalid_argument);
}

/// In any history, no caller exceeds its bound, and no work waits that may begin.
TEST(admission, keeps_its_bound_per_caller_in_any_history) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (int run = 0; run < 100; ++run) {
    admission_options options = fixed(2 + random() % 8);
    options.most_per_caller = 1 + random() % 3;
    options.about_for = hours(1);
    admission gate(options);
    std::map<admission::ticket, std::string> waiting, running;
    gate.arrive(1, "first", plenty, start);
    gate.arrive(2, "second", plenty, start);
    running = {{1, "first"}, {2, "second"}};
    admission::ticket last = 2;
    const auto running_of = [&](const std::string& who) {
      return static_cast<std::size_t>(
          std::count_if(running.begin(), running.end(), [&](auto& r) { return r.second == who; }));
    };
    for (int step = 0; step < 500; ++step) {
      if (random() % 2 == 0) {
        const std::string caller(1, static_cast<char>('a' + random() % 4));
        const auto a = gate.arrive(++last, caller, plenty, start);
        if (a.what == verdict::enters) running[last] = caller;
        if (a.what == verdict::waits) waiting[last] = caller;
      } else if (!running.empty()) {
        const auto id =
            std::next(running.begin(), static_cast<std::ptrdiff_t>(random() % running.size()))
                ->first;
        running.erase(id);
        for (const auto& one : random() % 2 == 0 ? gate.finish(id, start) : gate.abandon(id, start))
          running.insert(waiting.extract(one.id));
      }
      ASSERT_EQ(gate.under_way(), running.size());
      ASSERT_EQ(gate.waiting(), waiting.size());
      ASSERT_LE(running.size(), options.first_limit);
      for (const auto& [id, who] : running) ASSERT_LE(running_of(who), options.most_per_caller);
      if (running.size() == options.first_limit) continue;
      for (const auto& [id, who] : waiting)
        ASSERT_EQ(running_of(who), options.most_per_caller) << "it waits although it could run";
    }
  }
}

TEST(admission, keeps_its_bounds_in_any_history) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (int run = 0; run < 100; ++run) {
    admission_options options = fixed(1 + random() % 5);
    options.most_waiting = random() % 10;
    options.most_waiting_per_caller = random() % 5;
    admission gate(options);
    std::map<admission::ticket, std::string> waiting;
    std::vector<admission::ticket> running;
    time_point t = start;
    admission::ticket last = 0;
    const auto hear = [&](const std::vector<admission::told>& all) {
      for (const auto& one : all) {
        ASSERT_EQ(waiting.erase(one.id), 1U);
        if (one.why == refusal::none) running.push_back(one.id);
      }
    };
    for (int step = 0; step < 500; ++step) {
      t += milliseconds(random() % 10);
      const auto choice = random() % 4;
      if (choice < 2) {
        const std::string caller(1, static_cast<char>('a' + random() % 4));
        const auto of_caller = static_cast<std::size_t>(std::count_if(
            waiting.begin(), waiting.end(), [&](auto& w) { return w.second == caller; }));
        const auto a = gate.arrive(++last, caller, plenty, t);
        if (a.what == verdict::enters) running.push_back(last);
        if (a.what == verdict::waits) waiting[last] = caller;
        const bool room = running.size() + (a.what != verdict::enters) <= options.first_limit;
        ASSERT_EQ(a.what == verdict::enters, room && waiting.empty());
        ASSERT_EQ(a.what == verdict::refused,
                  a.what != verdict::enters &&
                      (waiting.size() >= options.most_waiting + (a.what == verdict::waits) ||
                       of_caller >= options.most_waiting_per_caller));
      } else if (choice == 2 && !running.empty()) {
        const auto at = running.begin() + static_cast<std::ptrdiff_t>(random() % running.size());
        const auto id = *at;
        running.erase(at);
        hear(random() % 3 == 0 ? gate.abandon(id, t) : gate.finish(id, t));
      } else if (!waiting.empty()) {
        const auto id = waiting.begin()->first;
        waiting.erase(id);
        hear(gate.abandon(id, t));
      }
      ASSERT_EQ(gate.under_way(), running.size());
      ASSERT_EQ(gate.waiting(), waiting.size());
      ASSERT_TRUE(waiting.empty() || running.size() == options.first_limit)
          << "work waits although it could run";
    }
  }
}

/// After work of five seconds each: calls with a limit of one second that would take ten
/// milliseconds.
class after_long_work : public ::testing::Test {
 protected:
  static constexpr duration short_time = seconds(1);

  explicit after_long_work(const admission_options& o = {}) : gate(o) {
    const std::size_t at_once = gate.limit();
    for (std::size_t done = 0; done < 64; done += at_once) {
      const admission::ticket before = last;
      for (std::size_t i = 0; i < at_once; ++i) gate.arrive(++last, "batch", minutes(1), now);
      now += seconds(5);
      for (admission::ticket id = before + 1; id <= last; ++id) gate.finish(id, now);
    }
  }
  verdict call(duration remaining = short_time) {
    return gate.arrive(++last, "web", remaining, now).what;
  }
  /// The number of `calls`, one after the other, that are admitted and finish.
  int served(int calls, duration every) {
    int count = 0;
    for (int i = 0; i < calls; ++i) {
      now += every;
      if (call() != verdict::enters) continue;
      ++count;
      gate.finish(last, now + milliseconds(10));
    }
    return count;
  }

  admission gate;
  time_point now = start;
  admission::ticket last = 0;
};

TEST_F(after_long_work, lets_in_whatever_comes_while_nothing_is_under_way) {
  EXPECT_EQ(served(1'000, milliseconds(100)), 1'000);
  EXPECT_EQ(call(duration(1)), verdict::enters);
}

TEST_F(after_long_work, lets_one_in_a_second_try_beside_what_is_under_way) {
  gate.arrive(++last, "batch", minutes(1), now);
  EXPECT_EQ(call(), verdict::refused);
  now += time_needed::probe_every;
  EXPECT_EQ(call(), verdict::enters);
  EXPECT_EQ(call(), verdict::refused) << "one at a time is enough to learn";
  now += time_needed::probe_every;
  EXPECT_EQ(call(), verdict::enters);
}

TEST_F(after_long_work, forgets_it_though_some_of_it_goes_on) {
  gate.arrive(++last, "batch", hours(1), now);  // and does not end
  EXPECT_EQ(gate.typical(), seconds(5));
  EXPECT_EQ(served(8, milliseconds(110)), 0) << "not before a second has passed";
  EXPECT_GT(served(100, milliseconds(100)), 95) << "the first that tried was fast";
  EXPECT_EQ(gate.typical(), milliseconds(10));
}

TEST_F(after_long_work, forgets_it_when_nothing_was_learnt_for_a_while) {
  gate.arrive(++last, "batch", hours(1), now);
  EXPECT_EQ(call(), verdict::refused);
  now += seconds(11);
  EXPECT_EQ(call(), verdict::enters);
  EXPECT_EQ(call(), verdict::enters);
  EXPECT_EQ(gate.typical(), std::nullopt);
}

class behind_long_work_that_goes_on : public after_long_work {
 protected:
  static admission_options two_at_once() {
    auto o = fixed(2);
    o.believed_for = hours(1);
    return o;
  }
  behind_long_work_that_goes_on() : after_long_work(two_at_once()) {}
};

/// All places are always taken: a probe waits, and is not refused when its turn comes.
TEST_F(behind_long_work_that_goes_on, lets_one_wait_and_try) {
  gate.arrive(++last, "batch", hours(1), now);
  const admission::ticket first = ++last;
  gate.arrive(first, "batch", hours(1), now);
  EXPECT_EQ(call(), verdict::refused);
  now += seconds(1);
  ASSERT_EQ(call(), verdict::waits);
  EXPECT_EQ(let_in(gate.finish(first, now += milliseconds(500))),
            std::vector<admission::ticket>{last});
}

TEST_F(behind_long_work_that_goes_on, lets_no_probe_in_whose_time_is_over) {
  gate.arrive(++last, "batch", hours(1), now);
  const admission::ticket first = ++last;
  gate.arrive(first, "batch", hours(1), now);
  call();
  now += seconds(1);
  ASSERT_EQ(call(), verdict::waits);
  const auto told = gate.finish(first, now += seconds(1));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].why, refusal::cannot_finish);
}

/// All work has one second and is cut off then.
void overload(admission& gate, admission::ticket& last, time_point& now, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    std::vector<admission::ticket> in;
    for (int i = 0; i < 100; ++i)
      if (gate.arrive(++last, "x", seconds(1), now).what == verdict::enters) in.push_back(last);
    now += seconds(1);
    for (const auto id : in) gate.abandon(id, now);
  }
}

TEST(admission, lowers_its_limit_when_work_is_cut_off) {
  admission gate({});
  time_point now = start;
  admission::ticket last = 0;
  for (int i = 0; i < 500; ++i) {
    gate.arrive(++last, "x", seconds(1), now);
    gate.finish(last, now += milliseconds(10));
  }
  const std::size_t before = gate.limit();
  overload(gate, last, now, 30);
  EXPECT_LT(gate.limit(), before / 2);
}

/// No best time was ever measured, and cut-off durations must not count as one.
TEST(admission, lowers_its_limit_when_work_is_cut_off_from_the_beginning) {
  admission gate({});
  time_point now = start;
  admission::ticket last = 0;
  overload(gate, last, now, 300);
  EXPECT_EQ(gate.limit(), admission_options{}.least_limit);
  for (int i = 0; i < 20'000; ++i) {  // as many at a time as it lets in, ten milliseconds each
    std::vector<admission::ticket> in;
    while (gate.arrive(++last, "x", seconds(1), now).what == verdict::enters) in.push_back(last);
    gate.abandon(last, now);
    now += milliseconds(10);
    for (const auto id : in) gate.finish(id, now);
    if (gate.limit() > 100) break;
  }
  EXPECT_GT(gate.limit(), 100U) << "it learns again";
}

TEST(admission, learns_nothing_from_callers_that_go) {
  admission gate({});
  time_point now = start;
  admission::ticket last = 0;
  for (int round = 0; round < 100; ++round) {
    std::vector<admission::ticket> in;
    for (int i = 0; i < 32; ++i)
      if (gate.arrive(++last, "x", seconds(1), now).what == verdict::enters) in.push_back(last);
    now += milliseconds(999);
    for (const auto id : in) gate.abandon(id, now);
  }
  EXPECT_EQ(gate.limit(), admission_options{}.first_limit);
  EXPECT_EQ(gate.typical(), std::nullopt);
}

/// Cut off sooner than others finish: this shows the caller's limit, not the work's duration.
TEST(admission, learns_nothing_from_time_that_was_too_short) {
  admission gate({});
  time_point now = start;
  admission::ticket last = 0;
  for (int i = 0; i < 8; ++i) {
    gate.arrive(++last, "x", plenty, now);
    gate.finish(last, now += milliseconds(20));
  }
  for (int i = 0; i < 100; ++i) {
    gate.arrive(++last, "x", milliseconds(5), now);
    gate.abandon(last, now += milliseconds(5));
  }
  EXPECT_EQ(gate.typical(), milliseconds(20));
  EXPECT_EQ(gate.limit(), admission_options{}.first_limit);
}

TEST(admission, accepts_extreme_values) {
  admission_options o;
  o.about_for = duration::max();
  o.believed_for = duration::max();
  o.most_per_caller = 1;
  o.most_beside_light = 1;
  admission gate(o);
  gate.arrive(1, "a", duration::max(), start);
  gate.arrive(2, "b", duration::max(), start);
  EXPECT_EQ(gate.arrive(4, "b", duration::min(), start).what, verdict::refused);
  gate.arrive(3, "a", duration::max(), start);
  EXPECT_EQ(gate.waiting(), 1U);
  gate.finish(1, time_point::max());
  EXPECT_EQ(gate.waiting(), 0U);
  EXPECT_THROW(admission({.tolerance = std::numeric_limits<double>::quiet_NaN()}),
               std::invalid_argument);
}

TEST(time_needed, forgets_what_is_too_old) {
  time_needed t(seconds(10));
  for (int i = 0; i < 8; ++i) t.add(seconds(1), start);
  EXPECT_EQ(t.typical(), seconds(1));
  EXPECT_FALSE(t.may_begin(milliseconds(1), start + seconds(10)));
  EXPECT_TRUE(t.may_begin(milliseconds(1), start + seconds(20)));
  EXPECT_EQ(t.typical(), std::nullopt);
}

TEST(time_needed, knows_the_median_of_what_is_recent) {
  time_needed t(seconds(10));
  for (int i = 0; i < 32; ++i) t.add(seconds(5), start);
  for (int i = 0; i < 8; ++i) t.add(milliseconds(10), start + seconds(8));
  EXPECT_EQ(t.typical(), seconds(5));
  EXPECT_TRUE(t.may_begin(milliseconds(10), start + seconds(12)));
  EXPECT_EQ(t.typical(), milliseconds(10)) << "the five seconds are twelve seconds old";
}

TEST(time_needed, lets_the_next_one_try_at_once_when_one_was_fast) {
  time_needed t;
  for (int i = 0; i < 8; ++i) t.add(seconds(1), start);
  EXPECT_FALSE(t.may_begin(milliseconds(100), start));
  EXPECT_TRUE(t.may_begin(milliseconds(100), start + seconds(1)));
  EXPECT_FALSE(t.may_begin(milliseconds(100), start + seconds(1)));
  t.add(milliseconds(600), start + seconds(1));
  EXPECT_FALSE(t.may_begin(milliseconds(100), start + seconds(1))) << "that is not much faster";
  t.add(milliseconds(10), start + seconds(1));
  EXPECT_TRUE(t.may_begin(milliseconds(100), start + seconds(1)));
}

/// Permanent long work beside fast calls.
TEST(admission, serves_fast_callers_beside_long_work_that_never_stops) {
  admission gate(fixed(64));
  time_point now = start;
  admission::ticket last = 0;
  std::deque<std::pair<time_point, admission::ticket>> slow;
  int served = 0;
  for (int i = 0; i < 1'000; ++i) {
    for (; !slow.empty() && slow.front().first <= now; slow.pop_front())
      gate.finish(slow.front().second, now);
    if (gate.arrive(++last, "batch", minutes(1), now).what == verdict::enters)
      slow.emplace_back(now + seconds(5), last);
    now += milliseconds(100);
    if (gate.arrive(++last, "web", seconds(1), now).what != verdict::enters) continue;
    ++served;
    gate.finish(last, now + milliseconds(10));
  }
  EXPECT_GT(served, 900);
}

}  // namespace
}  // namespace lifeline::guards
