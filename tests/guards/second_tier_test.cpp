#include <gtest/gtest.h>

#include "guards/guard_fixture.hpp"
#include "lifeline/guards/cache_shard.hpp"

namespace lifeline::guards {
namespace {

using namespace testing;

/// A tier whose answers wait until the test releases them.
class held_tier final : public cache_tier {
 public:
  struct look {
    std::string key;
    tier_landing done;
  };
  void get(const context&, const std::string& key, tier_landing done) override {
    looks.push_back({key, std::move(done)});
  }
  void set(const std::string& key, cached_bytes value, duration left) override {
    sets.push_back({key, std::move(value), left});
  }
  tier_figures figures() const override { return {}; }

  struct kept {
    std::string key;
    cached_bytes value;
    duration left;
  };
  std::vector<look> looks;
  std::vector<kept> sets;
};

struct open_load {
  context ctx;
  std::string key;
  landing<cached_value> done;
};

class a_cache_shard_with_a_second_tier : public guard_fixture {
 protected:
  void TearDown() override {
    life.cancel();
    run();
    loads.clear();
    tier->looks.clear();
    run();
    guard_fixture::TearDown();
  }
  cache_shard_options options() {
    cache_shard_options made;
    made.cache.jitter = 0;
    made.second = tier;
    made.load = [this](const context& ctx, const std::string& key, landing<cached_value> done) {
      loads.push_back({ctx, key, std::move(done)});
    };
    return made;
  }
  caf::actor spawn_shard(cache_shard_options o) {
    const auto made = spawn_cache_shard(system, life.ctx(), std::move(o), &losses);
    run();
    return made;
  }
  void get(const context& ctx, const std::string& key = "a") {
    ask(ctx, shard, get_cached{key}, out);
    run();
  }
  void find(std::size_t which, const std::string& text, duration age, duration left) {
    tier->looks[which].done(tier_finding{std::make_shared<const std::string>(text), age, left});
    run();
  }
  void find_nothing(std::size_t which) {
    tier->looks[which].done(std::nullopt);
    run();
  }
  void land(std::size_t which, const std::string& text) {
    loads[which].done(make_cached(text));
    run();
  }
  cache_source last_source() const { return out.answers.back().from(); }
  const std::string& last_text() const { return *out.answers.back().value.bytes; }

  cancel_scope life = with_cancel(root);
  std::vector<open_load> loads;
  std::shared_ptr<held_tier> tier = std::make_shared<held_tier>();
  caf::actor shard = spawn_shard(options());
  heard<cache_answered> out;
  heard<cache_changed> changed;
};

TEST_F(a_cache_shard_with_a_second_tier, asks_it_before_it_loads) {
  get(root);
  ASSERT_EQ(tier->looks.size(), 1U);
  EXPECT_TRUE(loads.empty());
  find(0, "1", seconds(20), seconds(100));
  ASSERT_EQ(out.answers.size(), 1U);
  EXPECT_EQ(last_source(), cache_source::second);
  EXPECT_EQ(last_text(), "1");
  EXPECT_EQ(out.answers[0].age, seconds(20));
  EXPECT_EQ(out.answers[0].left, seconds(100));
  EXPECT_TRUE(loads.empty());
  EXPECT_TRUE(tier->sets.empty()) << "it has it already";
}

TEST_F(a_cache_shard_with_a_second_tier, keeps_what_it_found_no_longer_than_that_has_left) {
  get(root);
  find(0, "1", seconds(20), seconds(100));
  advance(seconds(10));
  get(root);
  EXPECT_EQ(last_source(), cache_source::hit);
  EXPECT_EQ(out.answers.back().age, seconds(30));
  EXPECT_EQ(out.answers.back().left, seconds(90));
  advance(seconds(91));
  get(root);
  EXPECT_EQ(tier->looks.size(), 2U);
}

TEST_F(a_cache_shard_with_a_second_tier, loads_what_it_does_not_have_and_gives_it_that) {
  get(root);
  get(root);
  find_nothing(0);
  ASSERT_EQ(loads.size(), 1U);
  land(0, "1");
  ASSERT_EQ(out.answers.size(), 2U);
  EXPECT_EQ(last_source(), cache_source::loaded);
  ASSERT_EQ(tier->sets.size(), 1U);
  EXPECT_EQ(*tier->sets[0].value, "1");
  EXPECT_EQ(tier->sets[0].left, minutes(5));
}

TEST_F(a_cache_shard_with_a_second_tier, loads_where_it_forgot_to_answer) {
  get(root);
  tier->looks.clear();
  run();
  EXPECT_EQ(loads.size(), 1U);
}

TEST_F(a_cache_shard_with_a_second_tier, gives_it_nothing_that_was_erased_meanwhile) {
  get(root);
  find_nothing(0);
  ask(root, shard, erase_cached{"a", false}, changed);
  run();
  land(0, "old");
  EXPECT_TRUE(tier->sets.empty());
}

TEST_F(a_cache_shard_with_a_second_tier, keeps_nothing_that_it_found_before_an_erasure) {
  get(root);
  ask(root, shard, erase_cached{"a", false}, changed);
  run();
  find(0, "old", seconds(1), seconds(100));
  get(root);
  EXPECT_EQ(tier->looks.size(), 2U) << "what was found before is not in the shard";
}

TEST_F(a_cache_shard_with_a_second_tier, uses_it_only_for_the_keys_that_are_in_it) {
  auto o = options();
  o.in_second = [](const std::string& key) { return key != "a"; };
  shard = spawn_shard(o);
  get(root);
  EXPECT_TRUE(tier->looks.empty());
  ASSERT_EQ(loads.size(), 1U);
  land(0, "1");
  EXPECT_TRUE(tier->sets.empty());
  get(root, "b");
  EXPECT_EQ(tier->looks.size(), 1U);
}

TEST_F(a_cache_shard_with_a_second_tier, answers_a_value_without_a_life_and_keeps_it_nowhere) {
  get(root);
  find_nothing(0);
  loads[0].done(make_cached("1", duration::zero()));
  run();
  EXPECT_EQ(last_source(), cache_source::loaded);
  EXPECT_EQ(last_text(), "1");
  EXPECT_EQ(out.answers.back().left, duration::zero());
  EXPECT_TRUE(tier->sets.empty());
  get(root);
  EXPECT_EQ(tier->looks.size(), 2U);
}

TEST_F(a_cache_shard_with_a_second_tier, refreshes_past_it) {
  get(root);
  find(0, "1", seconds(270), seconds(30));
  get(root);
  EXPECT_EQ(last_source(), cache_source::hit);
  EXPECT_EQ(tier->looks.size(), 1U);
  ASSERT_EQ(loads.size(), 1U);
  land(0, "2");
  EXPECT_EQ(tier->sets.size(), 1U);
}

TEST_F(a_cache_shard_with_a_second_tier, gives_it_what_is_set) {
  ask(root, shard, set_cached{"a", make_cached("1", seconds(7))}, changed);
  run();
  ASSERT_EQ(tier->sets.size(), 1U);
  EXPECT_EQ(tier->sets[0].left, seconds(7));
}

TEST_F(a_cache_shard_with_a_second_tier, learns_from_it_that_a_key_does_not_exist) {
  get(root);
  tier->looks[0].done(tier_finding{nullptr, seconds(1), seconds(9)});
  run();
  EXPECT_EQ(last_source(), cache_source::second);
  EXPECT_EQ(out.answers.back().value.bytes, nullptr);
  get(root);
  EXPECT_EQ(last_source(), cache_source::hit);
}

TEST_F(a_cache_shard_with_a_second_tier, needs_no_loader) {
  auto o = options();
  o.load = nullptr;
  shard = spawn_shard(o);
  get(root);
  find(0, "1", seconds(1), seconds(9));
  EXPECT_EQ(last_source(), cache_source::second);
  get(root, "b");
  find_nothing(1);
  EXPECT_EQ(last_source(), cache_source::absent);
  EXPECT_TRUE(out.errors.empty());
}

TEST_F(a_cache_shard_with_a_second_tier, loads_nothing_for_requests_that_left_meanwhile) {
  auto scope = with_cancel(root);
  get(scope.ctx());
  scope.cancel();
  run();
  find_nothing(0);
  EXPECT_TRUE(loads.empty());
}

TEST_F(a_cache_shard_with_a_second_tier, changes_nothing_for_a_look_that_was_given_up) {
  auto leaving = with_cancel(root);
  get(leaving.ctx());
  leaving.cancel();
  run();
  get(root);
  ASSERT_EQ(tier->looks.size(), 2U);
  find(0, "old", seconds(1), seconds(100));
  EXPECT_TRUE(out.answers.empty());
  find(1, "new", seconds(1), seconds(100));
  EXPECT_EQ(last_text(), "new");
  get(root);
  EXPECT_EQ(last_source(), cache_source::hit);
  EXPECT_EQ(last_text(), "new");
  EXPECT_TRUE(loads.empty());
}

TEST_F(a_cache_shard_with_a_second_tier, loads_nothing_for_a_look_that_was_given_up) {
  auto leaving = with_cancel(root);
  get(leaving.ctx());
  leaving.cancel();
  run();
  get(root);
  find_nothing(0);
  EXPECT_TRUE(loads.empty());
  find_nothing(1);
  ASSERT_EQ(loads.size(), 1U);
  land(0, "1");
  EXPECT_EQ(last_text(), "1");
  EXPECT_EQ(tier->sets.size(), 1U);
}

}  // namespace
}  // namespace lifeline::guards
