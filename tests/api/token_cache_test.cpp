#include "bank/api/auth/token_cache.hpp"

#include <gtest/gtest.h>

namespace bank::api {
namespace {

using namespace std::chrono_literals;
using lifeline::time_point;
using lifeline::wall_time;

known_token token(time_point fresh_until, std::optional<wall_time> expires = {}) {
  return {std::make_shared<const identity>(storage::role::admin, "a"), fresh_until, expires};
}

TEST(token_cache, believes_a_token_until_it_is_stale) {
  token_cache cache(10);
  cache.put("h", token(time_point(5s)), time_point(0s));
  EXPECT_TRUE(cache.find("h", time_point(4s), {}));
  EXPECT_FALSE(cache.find("h", time_point(5s), {}));
  EXPECT_FALSE(cache.find("other", time_point(4s), {}));
}

TEST(token_cache, sees_a_token_expire_while_it_is_fresh) {
  token_cache cache(10);
  cache.put("h", token(time_point(5s), wall_time(2s)), time_point(0s));
  EXPECT_TRUE(cache.find("h", time_point(1s), wall_time(1s)));
  EXPECT_FALSE(cache.find("h", time_point(1s), wall_time(2s)));
}

TEST(token_cache, never_grows_beyond_its_capacity) {
  token_cache cache(3);
  for (int i = 0; i < 100; ++i) {
    cache.put(std::to_string(i), token(time_point(5s)), time_point(0s));
    EXPECT_LE(cache.size(), 3U);
    EXPECT_TRUE(cache.find(std::to_string(i), time_point(1s), {}));
  }
}

TEST(token_cache, drops_stale_tokens_first) {
  token_cache cache(2);
  cache.put("old", token(time_point(1s)), time_point(0s));
  cache.put("new", token(time_point(9s)), time_point(0s));
  cache.put("newer", token(time_point(9s)), time_point(2s));
  EXPECT_TRUE(cache.find("new", time_point(2s), {}));
  EXPECT_TRUE(cache.find("newer", time_point(2s), {}));
}

}  // namespace
}  // namespace bank::api
