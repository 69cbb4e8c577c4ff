#include "lifeline/guards/breaker_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "random_seed.hpp"

namespace lifeline::guards {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const time_point start{hours(1)};

breaker_options after_failures(std::uint64_t n, std::uint64_t probes = 1) {
  return {.failures_in_a_row = n, .failure_ratio = 2, .open_for = seconds(1), .probes = probes};
}

void fail(breaker_state& b, time_point now, int times = 1) {
  for (int i = 0; i < times; ++i) b.failed(b.ask(now), now);
}

TEST(breaker_state, opens_after_failures_in_a_row_and_not_before) {
  breaker_state b(after_failures(3), start);
  fail(b, start, 2);
  b.succeeded(b.ask(start), start);
  fail(b, start, 2);
  EXPECT_EQ(b.state(start), circuit::closed);
  fail(b, start);
  EXPECT_EQ(b.state(start), circuit::open);
  EXPECT_EQ(b.ask(start).refused, refusal::circuit_open);
  EXPECT_EQ(b.open_left(start + milliseconds(300)), milliseconds(700));
}

TEST(breaker_state, opens_when_too_large_a_part_fails_of_enough_calls) {
  breaker_state b({.failures_in_a_row = 0, .failure_ratio = 0.5, .least_calls = 10}, start);
  for (int i = 0; i < 4; ++i) {
    b.succeeded(b.ask(start), start);
    fail(b, start);
  }
  fail(b, start);
  EXPECT_EQ(b.state(start), circuit::closed) << "nine calls";
  fail(b, start);
  EXPECT_EQ(b.state(start), circuit::open);
}

TEST(breaker_state, forgets_failures_that_are_older_than_its_window) {
  breaker_state b({.window = seconds(10), .failures_in_a_row = 0, .least_calls = 2}, start);
  fail(b, start);
  fail(b, start + seconds(11));
  EXPECT_EQ(b.state(start + seconds(11)), circuit::closed);
}

TEST(breaker_state, lets_through_no_more_probes_than_allowed) {
  breaker_state b(after_failures(1, 2), start);
  fail(b, start);
  const time_point t = start + seconds(1);
  const auto first = b.ask(t);
  const auto second = b.ask(t);
  EXPECT_TRUE(first && second);
  EXPECT_EQ(b.ask(t).refused, refusal::circuit_probing);
  b.succeeded(first, t);
  EXPECT_EQ(b.ask(t).refused, refusal::circuit_probing) << "the place is that of a success";
  b.succeeded(second, t);
  EXPECT_EQ(b.state(t), circuit::closed);
}

TEST(breaker_state, opens_again_when_a_probe_fails) {
  breaker_state b(after_failures(5, 2), start);
  fail(b, start, 5);
  const time_point t = start + seconds(1);
  const auto first = b.ask(t);
  const auto second = b.ask(t);
  b.failed(first, t);
  EXPECT_EQ(b.state(t), circuit::open);
  b.succeeded(second, t);
  EXPECT_EQ(b.state(t), circuit::open) << "it belongs to an earlier generation";
  EXPECT_EQ(b.open_left(t), seconds(1)) << "the time begins anew";
}

TEST(breaker_state, gives_the_place_of_a_lost_call_to_another) {
  breaker_state b(after_failures(1), start);
  fail(b, start);
  const time_point t = start + seconds(1);
  const auto lost = b.ask(t);
  EXPECT_FALSE(b.ask(t));
  b.lost(lost);
  const auto next = b.ask(t);
  EXPECT_TRUE(next);
  b.succeeded(next, t);
  EXPECT_EQ(b.state(t), circuit::closed);
  b.lost(lost);
  EXPECT_EQ(b.probing(), 0U) << "of an earlier generation";
}

TEST(breaker_state, ignores_late_results_of_an_earlier_generation) {
  breaker_state b(after_failures(2), start);
  const auto early = b.ask(start);
  const auto late = b.ask(start);
  fail(b, start, 2);
  b.failed(early, start + milliseconds(500));
  EXPECT_EQ(b.open_left(start + milliseconds(500)), milliseconds(500));
  const time_point t = start + seconds(1);
  b.succeeded(b.ask(t), t);
  b.failed(late, t);
  EXPECT_EQ(b.counts(t).failures, 0U);
}

TEST(breaker_state, opens_at_once_when_it_is_tripped) {
  breaker_state b({}, start);
  const auto earlier = b.ask(start);
  b.trip(start);
  EXPECT_EQ(b.state(start), circuit::open);
  b.succeeded(earlier, start);
  EXPECT_EQ(b.state(start), circuit::open);
  EXPECT_EQ(b.open_left(start), std::chrono::seconds(1));
  b.trip(start + std::chrono::milliseconds(500));
  EXPECT_EQ(b.open_left(start + std::chrono::milliseconds(500)), std::chrono::milliseconds(500))
      << "it is open already";
  const auto later = start + std::chrono::seconds(1);
  EXPECT_EQ(b.state(later), circuit::half_open);
  b.trip(later);
  EXPECT_EQ(b.state(later), circuit::open);
}

TEST(breaker_state, can_be_open_for_ever) {
  breaker_options options = after_failures(1);
  options.open_for = duration::max();
  breaker_state b(options, start);
  fail(b, start);
  EXPECT_FALSE(b.ask(start + hours(24 * 365 * 100)));
}

TEST(breaker_state, refuses_invalid_options) {
  EXPECT_THROW(breaker_state({.probes = 0}, start), std::invalid_argument);
  EXPECT_THROW(breaker_state({.open_for = seconds(-1)}, start), std::invalid_argument);
}

/// Invariants for any history, stated by the calls alone.
TEST(breaker_state, keeps_its_promises_in_any_history) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (int run = 0; run < 300; ++run) {
    const std::uint64_t limit = 1 + random() % 4;
    const std::uint64_t probes = 1 + random() % 3;
    breaker_options options = after_failures(limit, probes);
    options.window = duration::zero();
    breaker_state b(options, start);
    time_point t = start;
    time_point opened = start;
    circuit model = circuit::closed;
    std::uint64_t in_a_row = 0;
    std::uint64_t proved = 0;
    std::vector<call_permit> open;  // of this generation
    std::vector<call_permit> old;
    const auto enter = [&](circuit next) {
      model = next;
      opened = t;
      in_a_row = proved = 0;
      old.insert(old.end(), open.begin(), open.end());
      open.clear();
    };
    for (int step = 0; step < 300; ++step) {
      t += milliseconds(random() % 400);
      if (model == circuit::open && t >= opened + options.open_for) enter(circuit::half_open);
      ASSERT_EQ(b.state(t), model) << "run " << run << ", step " << step;
      const auto choice = random() % 5;
      if (choice < 2) {
        const auto p = b.ask(t);
        const bool expected = model == circuit::closed ||
                              (model == circuit::half_open && open.size() + proved < probes);
        ASSERT_EQ(static_cast<bool>(p), expected) << "run " << run << ", step " << step;
        if (p) open.push_back(p);
      } else if (choice == 4 && !old.empty()) {
        random() % 2 == 0 ? b.failed(old.back(), t) : b.succeeded(old.back(), t);
        old.pop_back();
      } else if (!open.empty()) {
        const auto at = open.begin() + static_cast<std::ptrdiff_t>(random() % open.size());
        const auto p = *at;
        open.erase(at);
        switch (random() % 3) {
          case 0: b.lost(p); break;
          case 1:
            b.succeeded(p, t);
            in_a_row = 0;
            if (model == circuit::half_open && ++proved == probes) enter(circuit::closed);
            break;
          default:
            b.failed(p, t);
            if (model == circuit::half_open || ++in_a_row == limit) enter(circuit::open);
        }
      }
    }
  }
}

TEST(breaker_state, does_not_open_for_failures_before_a_quiet_time_that_was_observed) {
  breaker_state b({}, start);
  for (int i = 0; i < 4; ++i) b.failed(b.ask(start), start);
  time_point t = start;
  for (int s = 0; s < 60; ++s) b.counts(t += std::chrono::seconds(1));
  b.failed(b.ask(t), t);
  EXPECT_EQ(b.state(t), circuit::closed);
}

TEST(breaker_state, accepts_extreme_values) {
  breaker_options o;
  o.open_for = duration::max();
  o.window = duration::max();
  breaker_state b(o, start);
  b.trip(start);
  EXPECT_EQ(b.state(time_point::max() - duration(1)), circuit::open);
  o.failure_ratio = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(breaker_state(o, start), std::invalid_argument);
}

}  // namespace
}  // namespace lifeline::guards
