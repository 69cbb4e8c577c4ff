#include "lifeline/guards/token_bucket.hpp"

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>
#include <vector>

#include "random_seed.hpp"

namespace lifeline::guards {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

const time_point start{hours(1)};

TEST(token_bucket, does_not_drift_in_a_month_of_odd_steps) {
  // 7 tokens in 3 seconds: neither a token's time nor the steps are whole numbers.
  token_bucket bucket({7, seconds(3)}, 5, start);
  ASSERT_TRUE(bucket.allow(start, 5));
  const auto month = hours(24 * 30);
  std::int64_t got = 0;
  for (time_point t = start; t < start + month; t += nanoseconds(428'571'429) * 2)
    while (bucket.allow(t)) ++got;
  while (bucket.allow(start + month)) ++got;
  EXPECT_EQ(got, std::chrono::duration_cast<seconds>(month).count() * 7 / 3);
}

TEST(token_bucket, has_its_token_at_the_very_nanosecond) {
  token_bucket bucket({3, seconds(1)}, 1, start);
  ASSERT_TRUE(bucket.allow(start));
  EXPECT_EQ(bucket.wait_for(start), nanoseconds(333'333'334)) << "rounded up";
  EXPECT_FALSE(bucket.allow(start + nanoseconds(333'333'333)));
  EXPECT_TRUE(bucket.allow(start + nanoseconds(333'333'334)));
}

TEST(token_bucket, without_limit_lets_all_pass) {
  token_bucket bucket(token_rate::infinite(), 0, start);
  EXPECT_TRUE(bucket.allow(start, 1'000'000'000));
  EXPECT_EQ(bucket.reserve(start, 1'000'000'000)->act_at, start);
  EXPECT_EQ(bucket.full_after(start), duration::zero());
}

TEST(token_bucket, of_no_rate_gives_its_burst_once) {
  token_bucket bucket({}, 2, start);
  EXPECT_TRUE(bucket.allow(start, 2));
  EXPECT_FALSE(bucket.allow(start + hours(1'000'000)));
  EXPECT_FALSE(bucket.reserve(start + hours(1), 1));
  EXPECT_EQ(bucket.wait_for(start), duration::max());
}

TEST(token_bucket, can_be_given_back_what_was_not_used_but_never_more_than_it_holds) {
  token_bucket bucket(token_rate::per_second(1), 3, start);
  ASSERT_TRUE(bucket.allow(start, 3));
  bucket.give_back(2, start);
  EXPECT_EQ(bucket.tokens(start), 2);
  bucket.give_back(5, start);
  EXPECT_EQ(bucket.tokens(start), 3);
}

TEST(token_bucket, keeps_its_tokens_when_time_goes_back_and_gains_none) {
  token_bucket bucket(token_rate::per_second(10), 5, start);
  ASSERT_TRUE(bucket.allow(start, 3));
  EXPECT_EQ(bucket.tokens(start - hours(1)), 2);
  EXPECT_TRUE(bucket.allow(start - hours(1), 2));
  EXPECT_FALSE(bucket.allow(start - hours(1)));
}

TEST(token_bucket, counts_on_under_a_new_rate_with_the_tokens_that_it_has) {
  token_bucket bucket(token_rate::per_second(1), 10, start);
  ASSERT_TRUE(bucket.allow(start, 10));
  bucket.set_rate({3, milliseconds(700)}, start + seconds(4));
  EXPECT_EQ(bucket.tokens(start + seconds(4)), 4);
  EXPECT_EQ(bucket.tokens(start + seconds(4) + milliseconds(700)), 7);
  bucket.set_burst(2, start + seconds(5));
  EXPECT_EQ(bucket.tokens(start + seconds(60)), 2);
}

TEST(token_bucket, of_no_limit_begins_full_when_it_gets_one) {
  token_bucket bucket(token_rate::infinite(), 3, start);
  bucket.set_rate(token_rate::per_second(1), start);
  EXPECT_TRUE(bucket.allow(start, 3));
  EXPECT_FALSE(bucket.allow(start));
}

TEST(token_bucket, refuses_terms_that_can_not_be_counted) {
  EXPECT_THROW(token_bucket({-1, seconds(1)}, 1, start), std::invalid_argument);
  EXPECT_THROW(token_bucket({1, seconds(1)}, -1, start), std::invalid_argument);
  EXPECT_THROW(token_bucket({1, seconds(0)}, 1, start), std::invalid_argument);
  EXPECT_THROW(token_bucket({1, hours(1)}, std::int64_t{1} << 40, start), std::invalid_argument);
  EXPECT_NO_THROW(token_bucket({1'000'000'000, seconds(1)}, std::int64_t{1} << 40, start));
}

TEST(token_bucket, accepts_extreme_values) {
  const auto most = std::numeric_limits<std::int64_t>::max();
  token_bucket bucket({999'999'937, seconds(1)}, 1'000'000'000, start);
  EXPECT_FALSE(bucket.allow(start, most));
  EXPECT_FALSE(bucket.allow(start, -1)) << "a negative number gives no tokens";
  EXPECT_FALSE(bucket.reserve(start, most));
  EXPECT_TRUE(bucket.allow(start, 1'000'000'000));
  EXPECT_TRUE(bucket.allow(time_point::max(), 1'000'000'000));
  EXPECT_EQ(bucket.wait_for(start, most), duration::max());
}

TEST(token_bucket, takes_no_reservation_so_far_away_that_time_ends_before) {
  token_bucket bucket({1, hours(24 * 365 * 30)}, 2, start);
  ASSERT_TRUE(bucket.allow(start, 2));
  int taken = 0;
  while (taken < 100 && bucket.reserve(start, 2)) ++taken;
  EXPECT_LT(taken, 2);
}

/// The tokens that a bucket may give, without using a bucket: from each instant on, at most its
/// burst and the tokens added since.
class envelope {
 public:
  envelope(token_rate rate, std::int64_t burst) : rate_(rate), burst_(burst) {}

  bool fits(time_point t, std::int64_t n) const {
    std::int64_t sum = n;
    if (!within(sum, duration::zero())) return false;
    for (auto taken = takes_.rbegin(); taken != takes_.rend(); ++taken) {
      sum += taken->second;
      if (!within(sum, t - taken->first)) return false;
    }
    return true;
  }
  void take(time_point t, std::int64_t n) { takes_.emplace_back(t, n); }

 private:
  bool within(std::int64_t sum, duration since) const {
    return static_cast<__int128>(sum - burst_) * rate_.per.count() <=
           static_cast<__int128>(since.count()) * rate_.tokens;
  }
  token_rate rate_;
  std::int64_t burst_;
  std::vector<std::pair<time_point, std::int64_t>> takes_;
};

TEST(token_bucket, gives_what_the_naive_model_gives) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  for (int run = 0; run < 200; ++run) {
    const token_rate rate{below(20), duration(1 + below(1'000'000'000))};
    const std::int64_t burst = below(12);
    token_bucket bucket(rate, burst, start);
    envelope model(rate, burst);
    time_point t = start;
    for (int step = 0; step < 200; ++step) {
      t += duration(below(4) == 0 ? 0 : below(1 + rate.per.count() / 2));
      const std::int64_t n = below(4);
      const bool fits = model.fits(t, n);
      ASSERT_EQ(bucket.allow(t, n), fits) << "run " << run << ", step " << step;
      if (fits) model.take(t, n);
    }
  }
}

TEST(token_bucket, promises_the_first_instant_at_which_the_naive_model_gives) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (int run = 0; run < 200; ++run) {
    const token_rate rate{1 + static_cast<std::int64_t>(random() % 9),
                          duration(1'000 + random() % 9'000)};
    const std::int64_t burst = 1 + static_cast<std::int64_t>(random() % 5);
    token_bucket bucket(rate, burst, start);
    envelope model(rate, burst);
    time_point t = start;
    time_point latest = start;
    for (int step = 0; step < 100; ++step) {
      t += duration(random() % 3'000);
      const std::int64_t n = 1 + static_cast<std::int64_t>(random() % burst);
      const auto r = bucket.reserve(t, n);
      ASSERT_TRUE(r);
      // Rounded up to a nanosecond; tokens of the rest of it are not lost.
      ASSERT_TRUE(model.fits(r->act_at + nanoseconds(1), n));
      if (r->act_at > std::max(t, latest)) {
        ASSERT_FALSE(model.fits(r->act_at - nanoseconds(1), n));
      }
      latest = std::max(latest, r->act_at);
      model.take(r->act_at, n);
    }
  }
}

/// As many reservations as possible at one instant, each cancelled there, the last one first: the
/// bucket is as before. The rates' tokens take no whole number of nanoseconds.
TEST(token_bucket, has_all_back_when_reservations_are_cancelled_in_reverse) {
  for (const std::int64_t rate : {1, 3, 7, 30, 60, 99, 1'000'003, 999'999'937}) {
    token_bucket bucket(token_rate::per_second(rate), 2, start);
    std::vector<reservation> all;
    for (int i = 0; i < 50; ++i) all.push_back(*bucket.reserve(start, 1 + i % 2));
    for (; !all.empty(); all.pop_back()) bucket.cancel(all.back(), start);
    EXPECT_EQ(bucket.tokens(start), 2) << rate;
    EXPECT_EQ(bucket.full_after(start), duration::zero()) << rate;
  }
}

TEST(token_bucket, has_all_back_in_reverse_though_the_rate_and_the_burst_changed_meanwhile) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (int run = 0; run < 500; ++run) {
    const auto some_rate = [&] {
      return token_rate{static_cast<std::int64_t>(1 + random() % 200),
                        duration(1 + random() % 3'000'000'000)};
    };
    token_bucket bucket(some_rate(), 3, start);
    std::vector<reservation> all;
    const auto change = [&] {
      if (random() % 3 == 0) bucket.set_rate(some_rate(), start);
    };
    for (int i = 0; i < 8; ++i, change())
      if (const auto r = bucket.reserve(start, static_cast<std::int64_t>(1 + random() % 3)))
        all.push_back(*r);
    for (; !all.empty(); all.pop_back(), change()) bucket.cancel(all.back(), start);
    ASSERT_EQ(bucket.tokens(start), 3) << "run " << run;
  }
}

TEST(token_bucket, keeps_what_was_promised_behind_a_cancelled_reservation_under_any_rate) {
  for (const std::int64_t later : {1, 10, 1'000}) {
    token_bucket bucket(token_rate::per_second(10), 5, start);
    ASSERT_TRUE(bucket.allow(start, 5));
    const auto first = *bucket.reserve(start, 5);
    bucket.set_rate(token_rate::per_second(later), start);
    ASSERT_TRUE(bucket.reserve(start, 1));
    bucket.cancel(first, start);
    EXPECT_EQ(bucket.tokens(start), -2) << "one promised; of the five, one stood before it";
  }
}

/// With reservations and cancellations in any order: never more tokens than the envelope allows,
/// and none are lost once the last reservation is cancelled last.
TEST(token_bucket, gives_no_more_than_was_taken_whatever_is_cancelled) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (int run = 0; run < 300; ++run) {
    const std::int64_t burst = 1 + static_cast<std::int64_t>(random() % 4);
    token_bucket bucket({1 + static_cast<std::int64_t>(random() % 9), duration(1'000)}, burst,
                        start);
    std::vector<reservation> all;
    std::int64_t owed = 0;
    for (int step = 0; step < 60; ++step) {
      if (all.empty() || random() % 2 == 0) {
        const auto n = static_cast<std::int64_t>(1 + random() % burst);
        all.push_back(*bucket.reserve(start, n));
        owed += n;
      } else {
        const auto at = all.begin() + static_cast<std::ptrdiff_t>(random() % all.size());
        const std::int64_t before = bucket.tokens(start);
        bucket.cancel(*at, start);
        ASSERT_GE(bucket.tokens(start), before);
        ASSERT_LE(bucket.tokens(start) - before, at->tokens);
        owed -= at->tokens;
        all.erase(at);
      }
      ASSERT_LE(bucket.tokens(start), burst - owed) << "run " << run << ", step " << step;
    }
  }
}

TEST(token_bucket, of_one_token_in_the_longest_time_is_not_without_limit) {
  EXPECT_FALSE(token_rate::every(hours::max()).unlimited);
  EXPECT_EQ(token_rate::every(milliseconds::max()).per, duration::max());
  EXPECT_TRUE(token_rate::every(seconds(0)).unlimited);
}

}  // namespace
}  // namespace lifeline::guards
