#include "lifeline/guards/ttl_cache.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <stdexcept>

#include "random_seed.hpp"

namespace lifeline::guards {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using freshness = cache_finding::freshness;

const time_point start{hours(1)};

cached_bytes bytes(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

ttl_cache_options exact() { return {.jitter = 0}; }

TEST(ttl_cache, gives_what_it_keeps_until_its_end) {
  ttl_cache cache(exact());
  cache.set("a", bytes("1"), start);
  const auto found = cache.get("a", start + minutes(2));
  EXPECT_EQ(found.how, freshness::fresh);
  EXPECT_EQ(*found.value, "1");
  EXPECT_EQ(found.age, minutes(2));
  EXPECT_EQ(found.left, minutes(3));
  EXPECT_EQ(cache.get("b", start).how, freshness::absent);
}

TEST(ttl_cache, gives_what_is_past_its_end_as_stale_for_a_while) {
  ttl_cache cache(exact());
  cache.set("a", bytes("1"), start);
  EXPECT_EQ(cache.get("a", start + minutes(5) - nanoseconds(1)).how, freshness::fresh);
  EXPECT_EQ(cache.get("a", start + minutes(5)).how, freshness::stale);
  EXPECT_EQ(cache.get("a", start + minutes(15) - nanoseconds(1)).how, freshness::stale);
  EXPECT_EQ(cache.get("a", start + minutes(15)).how, freshness::absent);
  EXPECT_EQ(cache.entries(), 0U) << "it is gone";
}

TEST(ttl_cache, knows_that_a_key_does_not_exist_for_a_shorter_time) {
  ttl_cache cache(exact());
  cache.set("a", nullptr, start);
  const auto found = cache.get("a", start + seconds(29));
  EXPECT_EQ(found.how, freshness::fresh);
  EXPECT_EQ(found.value, nullptr);
  EXPECT_FALSE(found.wants_refresh);
  EXPECT_EQ(cache.get("a", start + seconds(30)).how, freshness::stale);
  EXPECT_EQ(cache.figures().negative, 1U);
}

TEST(ttl_cache, wants_a_refresh_in_the_last_minute) {
  ttl_cache cache(exact());
  cache.set("a", bytes("1"), start);
  EXPECT_FALSE(cache.get("a", start + minutes(4) - nanoseconds(1)).wants_refresh);
  EXPECT_TRUE(cache.get("a", start + minutes(4)).wants_refresh);
  EXPECT_FALSE(cache.get("a", start + minutes(5)).wants_refresh) << "now it is stale";
}

TEST(ttl_cache, spreads_the_ends_of_what_came_together) {
  ttl_cache cache({.jitter = 0.2});
  std::map<std::int64_t, int> ends;
  for (int i = 0; i < 1'000; ++i) {
    cache.set(std::to_string(i), bytes("x"), start);
    const auto left = cache.get(std::to_string(i), start).left;
    EXPECT_LE(left, minutes(5));
    EXPECT_GE(left, minutes(4));
    ++ends[left / seconds(10)];
  }
  for (const auto& [ten_seconds, n] : ends) EXPECT_LT(n, 300) << ten_seconds;
  EXPECT_GE(ends.size(), 6U);
}

TEST(ttl_cache, is_bounded_by_entries) {
  ttl_cache cache({.most_entries = 100});
  for (int i = 0; i < 10'000; ++i) cache.set("key-" + std::to_string(i), bytes("x"), start);
  EXPECT_EQ(cache.entries(), 100U);
  EXPECT_EQ(cache.figures().evicted, 9'900U);
}

TEST(ttl_cache, is_bounded_by_bytes) {
  ttl_cache cache({.most_bytes = 100'000});
  for (int i = 0; i < 1'000; ++i)
    cache.set(std::to_string(i), bytes(std::string(1'000, 'x')), start);
  EXPECT_LE(cache.bytes(), 100'000U);
  EXPECT_GT(cache.entries(), 70U);
  cache.set("0", bytes(std::string(50'000, 'x')), start);
  EXPECT_LE(cache.bytes(), 100'000U);
  EXPECT_EQ(cache.get("0", start).how, freshness::fresh);
}

TEST(ttl_cache, keeps_nothing_that_is_larger_than_itself) {
  ttl_cache cache({.most_bytes = 10'000});
  cache.set("a", bytes("1"), start);
  cache.set("a", bytes(std::string(10'000, 'x')), start);
  EXPECT_EQ(cache.get("a", start).how, freshness::absent) << "nor what it replaces";
}

TEST(ttl_cache, forgets_what_is_erased_and_all_that_begins_so) {
  ttl_cache cache(exact());
  for (const char* key : {"account/1", "account/1/history", "account/10", "account/2", "b"})
    cache.set(key, bytes("x"), start);
  cache.erase("account/2");
  EXPECT_EQ(cache.erase_prefix("account/1/"), 1U);
  EXPECT_EQ(cache.get("account/1", start).how, freshness::fresh);
  EXPECT_EQ(cache.erase_prefix("account/"), 2U);
  EXPECT_EQ(cache.erase_prefix(""), 1U);
  EXPECT_EQ(cache.entries(), 0U);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(ttl_cache, keeps_a_load_only_if_its_key_was_not_erased_meanwhile) {
  ttl_cache cache(exact());
  const auto fill = cache.begin_fill("a");
  EXPECT_EQ(cache.filling("a"), fill);
  cache.erase("a");
  EXPECT_FALSE(cache.finish_fill("a", fill, bytes("old"), start));
  EXPECT_EQ(cache.get("a", start).how, freshness::absent);
  const auto next = cache.begin_fill("a");
  EXPECT_NE(next, fill);
  EXPECT_TRUE(cache.finish_fill("a", next, bytes("new"), start));
  EXPECT_EQ(*cache.get("a", start).value, "new");
}

TEST(ttl_cache, keeps_no_load_of_what_was_erased_by_prefix_or_set_meanwhile) {
  ttl_cache cache(exact());
  const auto a = cache.begin_fill("account/1");
  const auto b = cache.begin_fill("b");
  cache.erase_prefix("account/");
  EXPECT_FALSE(cache.finish_fill("account/1", a, bytes("old"), start));
  cache.set("b", bytes("newer"), start);
  EXPECT_FALSE(cache.finish_fill("b", b, bytes("old"), start));
  EXPECT_EQ(*cache.get("b", start).value, "newer");
}

TEST(ttl_cache, begins_anew_after_a_load_that_came_to_nothing) {
  ttl_cache cache(exact());
  const auto fill = cache.begin_fill("a");
  cache.abandon_fill("a", fill + 1);
  EXPECT_EQ(cache.filling("a"), fill);
  cache.abandon_fill("a", fill);
  EXPECT_EQ(cache.filling("a"), std::nullopt);
}

TEST(ttl_cache, keeps_the_load_that_began_last_whichever_lands_first) {
  for (const bool older_first : {true, false}) {
    ttl_cache cache(exact());
    const auto older = cache.begin_fill("a");
    const auto newer = cache.begin_fill("a");
    EXPECT_NE(newer, older);
    if (older_first) {
      EXPECT_FALSE(cache.finish_fill("a", older, bytes("old"), start));
    }
    EXPECT_TRUE(cache.finish_fill("a", newer, bytes("new"), start));
    if (!older_first) {
      EXPECT_FALSE(cache.finish_fill("a", older, bytes("old"), start));
    }
    EXPECT_EQ(*cache.get("a", start).value, "new");
  }
}

TEST(ttl_cache, keeps_the_load_that_began_last_though_an_older_one_comes_to_nothing) {
  ttl_cache cache(exact());
  const auto older = cache.begin_fill("a");
  const auto newer = cache.begin_fill("a");
  EXPECT_FALSE(cache.abandon_fill("a", older));
  EXPECT_TRUE(cache.finish_fill("a", newer, bytes("new"), start));
}

TEST(ttl_cache, accepts_extreme_values) {
  const auto options = [](duration ttl, duration stale_for) {
    ttl_cache_options o = exact();
    o.ttl = ttl;
    o.stale_for = stale_for;
    return o;
  };
  ttl_cache eternal(options(duration::max(), duration::max()));
  eternal.set("a", bytes("x"), start);
  EXPECT_EQ(eternal.get("a", time_point::max() - duration(1)).how, freshness::fresh);
  ttl_cache never(options(duration::min(), duration::min()));
  never.set("a", bytes("x"), start);
  EXPECT_EQ(never.get("a", start).how, freshness::absent);
  ttl_cache old(exact());
  old.finish_fill("a", old.begin_fill("a"), bytes("x"), start, hours(1), duration::max());
  EXPECT_EQ(old.get("a", start + seconds(1)).age, duration::max());
  auto odd = exact();
  odd.jitter = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(ttl_cache{odd}, std::invalid_argument);
}

/// Large tables use other memory, and move there as they grow.
TEST(ttl_cache, keeps_what_it_has_while_its_tables_grow) {
  constexpr std::size_t many = 300'000;
  ttl_cache cache({.most_entries = many, .most_bytes = std::size_t{1} << 30});
  const auto key = [](std::size_t i) { return "account/" + std::to_string(i); };
  for (std::size_t i = 0; i < many; ++i)
    cache.set(key(i), std::make_shared<const std::string>(key(i)), time_point{});
  EXPECT_EQ(cache.entries(), many);
  for (std::size_t i = 0; i < many; i += 2) cache.erase(key(i));
  for (std::size_t i = 0; i < many; ++i) {
    const auto found = cache.get(key(i), time_point{});
    if (i % 2 == 0)
      ASSERT_EQ(found.value, nullptr) << i;
    else
      ASSERT_EQ(*found.value, key(i));
  }
}

TEST(ttl_cache, refuses_invalid_options) {
  EXPECT_THROW(ttl_cache({.jitter = -0.1}), std::invalid_argument);
  EXPECT_THROW(ttl_cache({.jitter = 1.1}), std::invalid_argument);
}

/// A map that evicts nothing: the cache's entries must be in it; its entries may be missing in the
/// cache.
TEST(ttl_cache, never_gives_what_a_map_would_not) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  for (int run = 0; run < 30; ++run) {
    ttl_cache_options options = exact();
    options.most_entries = 1 + random() % 60;
    options.most_bytes = 2'000 + random() % 20'000;
    options.seed = random();
    ttl_cache cache(options);
    struct kept {
      std::string text;
      time_point ends;
    };
    std::map<std::string, kept> model;
    time_point t = start;
    for (int step = 0; step < 3'000; ++step) {
      t += seconds(random() % 10);
      const std::string key = "k" + std::to_string(random() % 100);
      switch (random() % 6) {
        case 0:
          cache.erase(key);
          model.erase(key);
          break;
        case 1:
          if (random() % 20 != 0) break;
          cache.erase_prefix(key.substr(0, 2));
          std::erase_if(model, [&](auto& e) { return e.first.starts_with(key.substr(0, 2)); });
          break;
        case 2: {
          const std::string text(random() % 500, 'a' + static_cast<char>(random() % 26));
          cache.set(key, bytes(text), t);
          model[key] = {text, t + options.ttl};
          break;
        }
        default: {
          const auto found = cache.get(key, t);
          if (found.how == freshness::absent) break;
          ASSERT_TRUE(model.contains(key));
          ASSERT_EQ(*found.value, model[key].text);
          ASSERT_EQ(found.how == freshness::fresh, t < model[key].ends);
        }
      }
      ASSERT_LE(cache.entries(), options.most_entries);
      ASSERT_LE(cache.bytes(), options.most_bytes);
    }
  }
}

}  // namespace
}  // namespace lifeline::guards
