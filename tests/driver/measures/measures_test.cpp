#include "driver/measures/measures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "driver/measures/time_line.hpp"
#include "random_seed.hpp"

namespace bank::driver {
namespace {

using namespace std::chrono_literals;

TEST(histogram, finds_every_percentile_to_a_thousandth) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  std::lognormal_distribution<double> draw(8, 2);
  histogram h;
  std::vector<double> all;
  for (int i = 0; i < 50'000; ++i) {
    const auto us = static_cast<std::int64_t>(draw(random)) + 1;
    h.add(std::chrono::microseconds(us));
    all.push_back(static_cast<double>(us) / 1000);
  }
  std::sort(all.begin(), all.end());
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const double exact = all[static_cast<std::size_t>(std::ceil(share * 50'000)) - 1];
    EXPECT_NEAR(h.percentile_ms(share), exact, exact * 0.001 + 0.0005) << share;
  }
  EXPECT_DOUBLE_EQ(h.max_ms(), all.back());
}

TEST(histogram, is_exact_for_short_times_and_bounded_for_long_ones) {
  histogram h;
  EXPECT_EQ(h.percentile_ms(0.99), 0);
  h.add(-5ms);
  h.add(7us, 3);
  h.add(1000h);
  EXPECT_EQ(h.count(), 5U);
  EXPECT_EQ(h.percentile_ms(0.5), 0.007);
  EXPECT_GT(h.max_ms(), 24 * 3600 * 1000.0);
}

TEST(histogram, merges_without_loss) {
  histogram a;
  histogram b;
  histogram both;
  for (int i = 1; i <= 1000; ++i) {
    (i % 3 == 0 ? a : b).add(i * 100us);
    both.add(i * 100us);
  }
  a.merge(b);
  EXPECT_EQ(a.count(), both.count());
  EXPECT_EQ(a.percentile_ms(0.37), both.percentile_ms(0.37));
  EXPECT_EQ(a.mean_ms(), both.mean_ms());
}

TEST(histogram, draws_its_steps_with_nothing_left_out) {
  histogram h;
  for (int i = 1; i <= 1000; ++i) h.add(i * 37us);
  std::uint64_t sum = 0;
  double before = 0;
  for (const auto& s : h.steps()) {
    EXPECT_GT(s.up_to_ms, before);
    before = s.up_to_ms;
    sum += s.count;
  }
  EXPECT_EQ(sum, 1000U);
  EXPECT_GE(before, 37);
}

TEST(measures, show_what_was_waited_beside_what_the_sender_saw) {
  measures m;
  // One answer takes a second; the nine requests due meanwhile are sent right after it.
  m.add({operation::transfer, 1s, 1s, {}, false, 1});
  for (int i = 1; i < 10; ++i) m.add({operation::transfer, 1s - i * 100ms, 1ms, {}, false, 1});
  EXPECT_NEAR(m.of(operation::transfer).uncorrected.percentile_ms(0.5), 1, 0.01);
  EXPECT_NEAR(m.of(operation::transfer).corrected.percentile_ms(0.5), 500, 1);
  EXPECT_NEAR(m.value("transfer.p50"), 500, 1);
}

TEST(measures, count_answers_errors_codes_and_arrivals) {
  measures m;
  m.add({operation::transfer, 1ms, 1ms, {}, false, 1});
  m.add({operation::batch, 1ms, 1ms, {}, false, 99});
  m.add({operation::transfer, 1ms, 1ms, "insufficient_funds", false, 0});
  m.add({operation::balance, 1ms, 1ms, "overloaded", true, 0});
  m.intended = 8;
  m.missed = 2;
  m.seconds = 2;
  measures all;
  all.merge(m);
  EXPECT_EQ(all.value("transfers.rate"), 50);
  EXPECT_EQ(all.value("requests.rate"), 2);
  EXPECT_EQ(all.value("errors"), 0.25);
  EXPECT_EQ(all.value("arrival.missed"), 0.25);
  EXPECT_EQ(all.codes.at("insufficient_funds"), 1U);
  EXPECT_EQ(all.of(operation::balance).errors, 1U);
}

TEST(measures, keep_no_more_codes_than_they_have_room_for) {
  measures m;
  for (int i = 0; i < 1000; ++i)
    m.add({operation::transfer, 1ms, 1ms, std::to_string(i), false, 0});
  EXPECT_LE(m.codes.size(), 101U);
  EXPECT_EQ(m.codes.at("other"), 900U);
}

TEST(time_line, keeps_all_answers_in_few_points_however_long_it_runs) {
  time_line line;
  for (int second = 1; second <= 86'400; ++second) {
    for (int i = 0; i < 3; ++i) line.add(second == 40'000 ? 900ms : 2ms, i == 0);
    line.tick(second);
  }
  EXPECT_LE(line.points().size(), time_line::most_points);
  std::uint64_t answers = 0;
  std::uint64_t errors = 0;
  double longest = 0;
  for (const auto& p : line.points()) {
    answers += p.answers;
    errors += p.errors;
    longest = std::max(longest, p.max_ms);
  }
  EXPECT_GE(answers, 3 * 86'400U - 3 * 256U);
  EXPECT_EQ(errors * 3, answers);
  EXPECT_EQ(longest, 900);
}

}  // namespace
}  // namespace bank::driver
