#include "lifeline/guards/failure_window.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <stdexcept>

#include "random_seed.hpp"

namespace lifeline::guards {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const time_point start{hours(1)};

TEST(failure_window, forgets_what_is_older_than_its_length) {
  failure_window window(seconds(10), 10);
  window.clear(start);
  window.failure(start);
  window.success(start + seconds(5));
  EXPECT_EQ(window.counts(start + seconds(9)).failures, 1U);
  EXPECT_EQ(window.counts(start + seconds(10)).failures, 0U);
  EXPECT_EQ(window.counts(start + seconds(10)).successes, 1U);
  EXPECT_EQ(window.counts(start + seconds(100)), call_counts{});
}

TEST(failure_window, of_one_part_is_emptied_as_a_whole) {
  failure_window window(seconds(10), 1);
  window.clear(start);
  window.failure(start + seconds(9));
  EXPECT_EQ(window.counts(start + seconds(9)).failures, 1U);
  EXPECT_EQ(window.counts(start + seconds(10)), call_counts{});
}

TEST(failure_window, of_no_length_never_forgets) {
  failure_window window(duration::zero());
  window.clear(start);
  window.failure(start);
  window.success(start + hours(1'000));
  EXPECT_EQ(window.counts(start + hours(100'000)).calls(), 2U);
}

TEST(failure_window, counts_those_in_a_row) {
  failure_window window(seconds(10));
  window.clear(start);
  for (int i = 0; i < 3; ++i) window.failure(start);
  EXPECT_EQ(window.counts(start).failures_in_a_row, 3U);
  window.success(start);
  EXPECT_EQ(window.counts(start).failures_in_a_row, 0U);
  EXPECT_EQ(window.counts(start).successes_in_a_row, 1U);
}

TEST(failure_window, refuses_to_be_none) {
  EXPECT_THROW(failure_window(seconds(1), 0), std::invalid_argument);
  EXPECT_THROW(failure_window(seconds(-1)), std::invalid_argument);
}

TEST(failure_window, agrees_with_a_list_of_all_calls) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (int run = 0; run < 100; ++run) {
    const std::size_t parts = 1 + random() % 12;
    const duration step(1 + random() % 1'000);
    failure_window window(step * static_cast<int>(parts), parts);
    window.clear(start);
    std::deque<std::pair<std::int64_t, bool>> calls;  // in which step, and how it ended
    time_point t = start;
    for (int i = 0; i < 500; ++i) {
      t += duration(random() % (random() % 50 == 0 ? 30'000 : 300));
      // The grid of steps starts where the window began, also after a time without calls.
      const std::int64_t here = (t - start) / step;
      while (!calls.empty() && calls.front().first <= here - static_cast<std::int64_t>(parts))
        calls.pop_front();
      const bool good = random() % 2 == 0;
      good ? window.success(t) : window.failure(t);
      calls.emplace_back(here, good);
      std::uint64_t failures = 0;
      for (const auto& [at, well] : calls) failures += well ? 0 : 1;
      ASSERT_EQ(window.counts(t).failures, failures) << "run " << run << ", call " << i;
      ASSERT_EQ(window.counts(t).calls(), calls.size());
    }
  }
}

TEST(failure_window, restarts_the_count_in_a_row_when_it_is_empty_however_often_it_is_read) {
  failure_window quiet(seconds(10));
  failure_window watched(seconds(10));
  for (failure_window* w : {&quiet, &watched}) {
    w->clear(start);
    for (int i = 0; i < 4; ++i) w->failure(start);
  }
  for (int s = 1; s <= 20; ++s) watched.counts(start + seconds(s));
  EXPECT_EQ(watched.counts(start + seconds(20)), call_counts{});
  EXPECT_EQ(quiet.counts(start + seconds(20)), call_counts{});
}

TEST(failure_window, is_not_changed_by_reading) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (int run = 0; run < 200; ++run) {
    const std::size_t parts = 1 + random() % 12;
    const duration length(1 + random() % 1'000);
    failure_window quiet(length, parts);
    failure_window watched(length, parts);
    quiet.clear(start);
    watched.clear(start);
    time_point t = start;
    for (int i = 0; i < 300; ++i) {
      t += duration(random() % 200);
      switch (random() % 4) {
        case 0: quiet.success(t), watched.success(t); break;
        case 1: quiet.failure(t), watched.failure(t); break;
        default: watched.counts(t);
      }
    }
    ASSERT_EQ(quiet.counts(t), watched.counts(t)) << "run " << run;
  }
}

TEST(failure_window, shorter_than_its_parts_forgets_all_the_same) {
  failure_window window(duration(3), 10);
  window.clear(start);
  window.failure(start);
  EXPECT_EQ(window.counts(start + seconds(1)).calls(), 0U);
}

TEST(failure_window, accepts_the_end_of_time) {
  failure_window window(duration::max(), 2);
  window.clear(start);
  window.failure(start);
  EXPECT_EQ(window.counts(time_point::max()).calls(), 1U);
}

}  // namespace
}  // namespace lifeline::guards
