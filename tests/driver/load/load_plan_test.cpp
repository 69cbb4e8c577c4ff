#include <gtest/gtest.h>

#include <map>
#include <set>

#include "driver/load/account_choice.hpp"
#include "driver/load/arrival_plan.hpp"
#include "driver/load/request_plan.hpp"
#include "random_seed.hpp"

namespace bank::driver {
namespace {

using namespace std::chrono_literals;
using lifeline::testing::random_seed;

std::vector<lifeline::duration> all_of(arrival_profile p, std::uint64_t seed = 1) {
  arrival_plan plan(std::move(p), seed);
  std::vector<lifeline::duration> times;
  while (const auto t = plan.next()) times.push_back(*t);
  return times;
}

TEST(arrival_plan, spreads_a_constant_rate_evenly) {
  const auto times = all_of({{{100, 100, 2s}}, false});
  ASSERT_EQ(times.size(), 200U);
  EXPECT_EQ(times[0], 0s);
  EXPECT_NEAR(static_cast<double>(times[150].count()), 1.5e9, 2);
}

TEST(arrival_plan, ramps_in_a_straight_line) {
  const auto times = all_of({{{0, 100, 10s}}, false});
  EXPECT_EQ(times.size(), 500U);
  // Half of the time has a quarter of the arrivals.
  EXPECT_NEAR(static_cast<double>(times[125].count()), 5e9, 1e6);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
}

TEST(arrival_plan, ramps_down_too) {
  const auto times = all_of({{{100, 0, 10s}}, false});
  EXPECT_EQ(times.size(), 500U);
  EXPECT_NEAR(static_cast<double>(times[375].count()), 5e9, 1e6);
}

TEST(arrival_plan, takes_its_steps_one_after_the_other) {
  const auto times = all_of({{{10, 10, 1s}, {20, 20, 1s}}, false});
  ASSERT_EQ(times.size(), 30U);
  EXPECT_EQ(times[10], 1s);
  EXPECT_EQ(times[11], 1050ms);
}

TEST(arrival_plan, poisson_arrivals_keep_the_rate_and_vary_as_they_should) {
  const std::uint64_t seed = random_seed();
  const auto times = all_of({{{10'000, 10'000, 10s}}, true}, seed);
  EXPECT_NEAR(static_cast<double>(times.size()), 100'000, 5 * 316.3);
  double squares = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const double gap = std::chrono::duration<double>(times[i] - times[i - 1]).count() * 10'000;
    ASSERT_GE(gap, 0);
    squares += gap * gap;
  }
  // The mean square of an exponential distribution with mean 1 is 2; even arrivals would have 1.
  EXPECT_NEAR(squares / static_cast<double>(times.size()), 2, 0.15);
}

TEST(arrival_plan, is_the_same_for_the_same_seed_and_another_for_another) {
  const arrival_profile p{{{500, 500, 1s}}, true};
  EXPECT_EQ(all_of(p, 5), all_of(p, 5));
  EXPECT_NE(all_of(p, 5), all_of(p, 6));
}

std::map<std::size_t, int> picked(const choice_settings& s, std::size_t accounts, int n) {
  const account_choice choice(s, accounts);
  draws from(random_seed(), 0, 0);
  std::map<std::size_t, int> times;
  for (int i = 0; i < n; ++i) ++times[choice.pick(from)];
  return times;
}

TEST(account_choice, takes_all_alike_unless_told_otherwise) {
  const auto times = picked({}, 10, 100'000);
  ASSERT_EQ(times.size(), 10U);
  for (const auto& [account, n] : times) EXPECT_NEAR(n, 10'000, 600) << account;
}

TEST(account_choice, follows_zipf) {
  const auto times = picked({1.0, 0, 0}, 1000, 200'000);
  const double harmonic = 7.4855;
  EXPECT_NEAR(times.at(0), 200'000 / harmonic, 1'000);
  EXPECT_NEAR(times.at(1), 200'000 / harmonic / 2, 800);
  EXPECT_NEAR(times.at(9), 200'000 / harmonic / 10, 400);
}

TEST(account_choice, gives_a_hot_set_its_share) {
  const auto times = picked({0, 2, 0.8}, 100, 100'000);
  EXPECT_NEAR(times.at(0) + times.at(1), 80'000, 1'000);
  EXPECT_GT(times.at(99), 0);
}

TEST(account_choice, finds_another_even_beside_one_that_takes_all) {
  const account_choice choice({0, 1, 1.0}, 3);
  draws from(1, 0, 0);
  for (int i = 0; i < 100; ++i) {
    const std::size_t other = choice.pick_other(from, 0);
    EXPECT_TRUE(other == 1 || other == 2);
  }
}

request_plan plan_of(std::uint64_t seed) {
  operation_mix mix;
  for (std::size_t i = 0; i < operation_count; ++i) mix.weight(static_cast<operation>(i)) = 1;
  return {seed, 50, {1.1, 0, 0}, mix, {1, 100}, {{2, 5}, false}};
}

TEST(request_plan, makes_the_same_requests_of_the_same_seed_in_whatever_order) {
  const request_plan one = plan_of(7);
  const request_plan same = plan_of(7);
  std::vector<planned_request> forward;
  for (std::uint64_t i = 0; i < 500; ++i) forward.push_back(one.make(3, i));
  for (std::uint64_t i = 500; i-- > 0;) EXPECT_EQ(same.make(3, i), forward[i]) << i;
  EXPECT_EQ(one.account_id(4), same.account_id(4));
}

TEST(request_plan, makes_others_of_another_seed_place_or_index) {
  const request_plan one = plan_of(7);
  const request_plan other = plan_of(8);
  std::set<lifeline::ledger::uuid> ids;
  for (std::uint64_t place = 0; place < 20; ++place)
    for (std::uint64_t i = 0; i < 500; ++i) {
      ids.insert(one.make(place, i).transfer.id);
      ids.insert(other.make(place, i).transfer.id);
    }
  EXPECT_EQ(ids.size(), 20'000U);
  EXPECT_NE(one.account_id(4), other.account_id(4));
}

TEST(request_plan, stays_within_what_the_scenario_says) {
  const request_plan plan = plan_of(random_seed());
  std::set<operation> seen;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    const planned_request r = plan.make(0, i);
    seen.insert(r.what);
    EXPECT_NE(r.transfer.from, r.transfer.to);
    EXPECT_LT(r.transfer.to, 50U);
    EXPECT_GE(r.transfer.amount, 1);
    EXPECT_LE(r.transfer.amount, 100);
    EXPECT_EQ(r.all.empty(), r.what != operation::batch);
    if (r.what == operation::batch) {
      EXPECT_TRUE(r.all.size() >= 2 && r.all.size() <= 5);
    }
    if (r.what == operation::pending_then_post) {
      EXPECT_TRUE(r.post_amount >= 1 && r.post_amount <= r.transfer.amount);
    }
  }
  EXPECT_EQ(seen.size(), operation_count);
}

TEST(operation_mix, draws_by_weight_and_never_what_has_none) {
  operation_mix mix;
  mix.weight(operation::transfer) = 3;
  mix.weight(operation::balance) = 1;
  EXPECT_EQ(mix.pick(0), operation::transfer);
  EXPECT_EQ(mix.pick(0.7499), operation::transfer);
  EXPECT_EQ(mix.pick(0.75), operation::balance);
  EXPECT_EQ(mix.pick(0.9999999), operation::balance);
}

}  // namespace
}  // namespace bank::driver
