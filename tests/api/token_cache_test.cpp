#include "bank/api/auth/token_cache.hpp"

#include <gtest/gtest.h>

namespace bank::api {
namespace {

using namespace std::chrono_literals;
using lifeline::time_point;
using lifeline::wall_time;
using enum token_finding::freshness;

token_verdict good(std::optional<wall_time> expires = {}, std::string owner = "a") {
  return {std::make_shared<const identity>(storage::role::auditor, std::move(owner)), expires, {}};
}
const token_verdict bad{.denied = "no"};

/// Ends after 90 to 100 s; the test sets the stale time.
class remembered_token : public ::testing::Test {
 protected:
  void learn(const std::string& hash, const token_verdict& v, lifeline::duration at = 0s) {
    cache.finish(hash, cache.begin(hash), v, time_point(at));
  }
  token_finding find(const std::string& hash, lifeline::duration at, lifeline::duration wall = 0s) {
    return cache.find(hash, time_point(at),
                      wall_time(std::chrono::duration_cast<std::chrono::milliseconds>(wall)));
  }
  token_cache cache{{.entries = 3,
                     .denied = 2,
                     .ttl = 100s,
                     .refresh = 30s,
                     .stale_for = 1'000s,
                     .denied_for = 10s}};
};

TEST_F(remembered_token, is_fresh_then_stale_then_gone) {
  learn("h", good(wall_time(5'000s), "eve\nning"));
  EXPECT_EQ(find("h", 59s).how, fresh);
  EXPECT_FALSE(find("h", 59s).wants_refresh);
  EXPECT_TRUE(find("h", 75s).wants_refresh);
  EXPECT_EQ(find("h", 100s).how, stale);
  EXPECT_EQ(find("h", 1'089s).how, stale);
  EXPECT_EQ(find("h", 1'100s).how, absent);
  EXPECT_EQ(find("other", 0s).how, absent);
}

TEST_F(remembered_token, keeps_role_expiry_and_owner) {
  learn("h", good(wall_time(5'000s), "eve\nning"));
  const token_verdict v = find("h", 1s).what;
  EXPECT_EQ(v.caller->role, storage::role::auditor);
  EXPECT_EQ(v.caller->owner, "eve\nning");
  EXPECT_EQ(v.expires_at, wall_time(5'000s));
  learn("for ever", good());
  EXPECT_EQ(find("for ever", 1s).what.expires_at, std::nullopt);
}

TEST_F(remembered_token, is_not_found_past_its_expiry) {
  learn("h", good(wall_time(2s)));
  EXPECT_EQ(find("h", 1s, 1'999ms).how, fresh);
  EXPECT_EQ(find("h", 1s, 2s).how, absent);
}

TEST_F(remembered_token, is_denied_for_a_moment_and_never_stale) {
  learn("h", bad);
  EXPECT_EQ(find("h", 8s).how, fresh);
  EXPECT_EQ(find("h", 8s).what.denied, "no");
  EXPECT_EQ(find("h", 8s).what.caller, nullptr);
  EXPECT_EQ(find("h", 10s).how, absent);
}

TEST_F(remembered_token, is_refused_once_it_is_denied) {
  learn("h", good());
  learn("h", bad, 1s);
  EXPECT_EQ(find("h", 2s).what.caller, nullptr);
  EXPECT_EQ(find("h", 12s).how, absent);
  learn("h", good(), 13s);
  EXPECT_NE(find("h", 13s).what.caller, nullptr);
}

TEST_F(remembered_token, is_not_evicted_by_guesses) {
  learn("h", good());
  for (int i = 0; i < 1'000; ++i) learn("guess " + std::to_string(i), bad);
  EXPECT_EQ(find("h", 1s).how, fresh);
  for (int i = 0; i < 1'000; ++i) learn("good " + std::to_string(i), good());
  EXPECT_LE(cache.size(), 5U);
}

TEST_F(remembered_token, is_not_cached_by_a_query_from_before_it_was_forgotten) {
  learn("h", good());
  const auto fill = cache.begin("h");
  cache.forget("h");
  EXPECT_EQ(find("h", 1s).how, absent);
  cache.finish("h", fill, good(), time_point(1s));
  EXPECT_EQ(find("h", 1s).how, absent);
  learn("h", good());
  EXPECT_EQ(find("h", 1s).how, fresh);
}

TEST_F(remembered_token, keeps_the_latest_query_s_answer_in_any_order) {
  const auto older = cache.begin("h");
  const auto newer = cache.begin("h");
  cache.finish("h", older, bad, time_point());
  EXPECT_EQ(find("h", 0s).how, absent) << "an older answer is ignored";
  cache.finish("h", newer, good(), time_point());
  cache.finish("h", older, bad, time_point());
  EXPECT_TRUE(find("h", 0s).what.caller);
}

TEST_F(remembered_token, keeps_the_latest_query_s_answer_if_an_older_one_failed) {
  const auto older = cache.begin("h");
  const auto newer = cache.begin("h");
  cache.abandon("h", older);
  cache.finish("h", newer, good(), time_point());
  EXPECT_TRUE(find("h", 0s).what.caller);
}

TEST_F(remembered_token, stays_denied_if_an_older_query_finds_it_valid) {
  learn("h", good());
  const auto fill = cache.begin("h");
  cache.deny("h", "revoked", time_point(1s));
  cache.finish("h", fill, good(), time_point(1s));
  EXPECT_EQ(find("h", 1s).how, fresh);
  EXPECT_EQ(find("h", 1s).what.denied, "revoked");
}

}  // namespace
}  // namespace bank::api
