#include "lifeline/guards/caller_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "lifeline/guards/detail/keyed_hash.hpp"
#include "random_seed.hpp"

namespace lifeline::guards {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const time_point start{hours(1)};
const bucket_terms terms(token_rate::per_second(1), 3);

std::string name(int i) { return "caller-" + std::to_string(i); }

bool take(caller_table& table, const std::string& caller, time_point now) {
  bucket_level& level = table.of(table.key_of(caller), now);
  if (level.units < table.terms().units_per_token()) return false;
  level.units -= table.terms().units_per_token();
  return true;
}

TEST(caller_table, gives_each_caller_a_bucket_of_its_own) {
  caller_table table(terms, 1'000, 1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(take(table, "alice", start));
  EXPECT_FALSE(take(table, "alice", start));
  EXPECT_TRUE(take(table, "bob", start));
  EXPECT_TRUE(take(table, "alice", start + seconds(1)));
}

TEST(caller_table, forgets_the_idle_when_it_would_grow) {
  caller_table table(terms, 1'000'000, 2);
  time_point t = start;
  for (int i = 0; i < 300'000; ++i) {
    t += milliseconds(1);  // three seconds, and a caller is idle: 3,000 of them are not
    take(table, name(i), t);
  }
  EXPECT_LT(table.size(), 12'000U);
}

TEST(caller_table, keeps_every_caller_that_is_not_idle) {
  caller_table table(terms, 1'000'000, 3);
  for (int i = 0; i < 50'000; ++i)
    for (int n = 0; n < 3; ++n) ASSERT_TRUE(take(table, name(i), start));
  for (int i = 0; i < 50'000; ++i) ASSERT_FALSE(take(table, name(i), start));
}

TEST(caller_table, keeps_a_million_callers_below_a_hundred_bytes_each) {
  caller_table table(terms, 1'000'000, 4);
  for (int i = 0; i < 1'000'000; ++i) take(table, name(i), start);
  EXPECT_GT(table.size(), 900'000U);
  EXPECT_LT(table.bytes(), table.size() * 100);
}

TEST(caller_table, stays_within_its_bound_whoever_comes) {
  caller_table table(terms, 10'000, 5);
  for (int i = 0; i < 500'000; ++i) take(table, name(i), start);
  EXPECT_LE(table.size(), 2 * 10'000U);
  EXPECT_LE(table.bytes(), 10'000U * 200);
}

TEST(caller_table, at_its_bound_removes_the_fullest_buckets) {
  caller_table table(terms, 10'000, 6);
  for (int n = 0; n < 3; ++n) ASSERT_TRUE(take(table, "greedy", start));
  for (int i = 0; i < 200'000; ++i) take(table, name(i), start);
  EXPECT_FALSE(take(table, "greedy", start));
}

TEST(caller_table, keeps_all_tokens_under_new_terms) {
  caller_table table(terms, 1'000, 7);
  take(table, "alice", start);
  table.set_terms(bucket_terms(token_rate::per_second(100), 2), start);
  EXPECT_TRUE(take(table, "alice", start));
  EXPECT_TRUE(take(table, "alice", start));
  EXPECT_FALSE(take(table, "alice", start));
  EXPECT_TRUE(take(table, "alice", start + milliseconds(10)));
}

TEST(caller_table, agrees_with_a_map_of_buckets) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  caller_table table(terms, 1'000'000, random());
  std::map<std::string, token_bucket> model;
  time_point t = start;
  for (int step = 0; step < 200'000; ++step) {
    t += duration(random() % 2'000'000);
    const std::string caller = name(static_cast<int>(random() % (1 + step / 20)));
    auto& bucket = model.try_emplace(caller, terms.rate(), terms.burst(), t).first->second;
    ASSERT_EQ(take(table, caller, t), bucket.allow(t)) << caller << ", step " << step;
  }
}

TEST(keyed_hash, differs_by_text_length_and_seed) {
  std::set<std::uint64_t> seen;
  const std::string text(64, 'x');
  for (std::size_t n = 0; n <= text.size(); ++n)
    for (std::uint64_t seed = 0; seed < 50; ++seed)
      seen.insert(detail::keyed_hash(std::string_view(text).substr(0, n), seed));
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string other = text;
    other[at] = 'y';
    seen.insert(detail::keyed_hash(other, 0));
  }
  EXPECT_EQ(seen.size(), 65 * 50 + 64U);
}

}  // namespace
}  // namespace lifeline::guards
