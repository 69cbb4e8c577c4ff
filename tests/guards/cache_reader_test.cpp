#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "guards/guard_fixture.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/guards/cache_shard.hpp"
#include "lifeline/work/ask_and_wait.hpp"
#include "random_seed.hpp"

namespace lifeline::guards {
namespace {

using namespace testing;
using lifeline::testing::random_seed;

class a_cache_reader : public guard_fixture {
 protected:
  void TearDown() override {
    life.cancel();
    run();
    guard_fixture::TearDown();
  }
  cache_shard_options options() {
    cache_shard_options made;
    made.cache.jitter = 0;
    made.cache.ttl = minutes(5);
    made.cache.refresh_ahead = minutes(1);
    made.cache.stale_for = minutes(10);
    made.reader = reader;
    made.load = [this](const context&, const std::string&, const landing<cached_value>& done) {
      ++loads;
      loaded.empty() ? done(known_to_be_absent()) : done(make_cached(loaded));
    };
    return made;
  }
  caf::actor spawn_shard(cache_shard_options o) {
    const auto made = spawn_cache_shard(system, life.ctx(), std::move(o), &losses);
    run();
    return made;
  }
  void get(const std::string& key = "a") { ask(root, shard, get_cached{key}, out); }
  std::optional<cache_answered> find(const std::string& key = "a") {
    return reader.find(root, key);
  }
  cache_figures figures() {
    heard<cache_figures> all;
    ask(root, shard, ask_cache_figures{}, all);
    return all.answers.at(0);
  }

  cancel_scope life = with_cancel(root);
  const cache_reader reader;
  std::string loaded = "1";
  int loads = 0;
  caf::actor shard = spawn_shard(options());
  heard<cache_answered> out;
  heard<cache_changed> changed;
};

TEST_F(a_cache_reader, finds_what_the_shard_has_and_counts_it_as_its_hit) {
  EXPECT_FALSE(find());
  get();
  advance(minutes(1));
  const auto found = find();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->from(), cache_source::hit);
  EXPECT_EQ(*found->value.bytes, "1");
  EXPECT_EQ(found->age, minutes(1));
  EXPECT_EQ(found->left, minutes(4));
  EXPECT_EQ(figures().hits, 1U);
  EXPECT_EQ(figures().misses, 1U) << "what the shard is asked for, it counts";
}

TEST_F(a_cache_reader, leaves_to_the_shard_what_is_due_for_a_refresh) {
  get();
  advance(minutes(4));
  EXPECT_FALSE(find());
  loaded = "2";
  get();
  EXPECT_EQ(loads, 2);
  EXPECT_EQ(*find()->value.bytes, "2");
  EXPECT_EQ(figures().refreshes, 1U);
}

TEST_F(a_cache_reader, leaves_to_the_shard_what_is_past_its_end) {
  get();
  advance(minutes(6));
  EXPECT_FALSE(find());
  EXPECT_EQ(figures().entries, 1U) << "it may still be returned as stale";
}

TEST_F(a_cache_reader, finds_that_a_key_does_not_exist) {
  loaded.clear();
  get();
  const auto found = find();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->value.bytes, nullptr);
  EXPECT_EQ(figures().negative, 1U);
}

TEST_F(a_cache_reader, of_a_shard_without_a_loader_finds_entries_to_their_end) {
  end(shard);
  auto without = options();
  without.load = nullptr;
  shard = spawn_shard(without);
  ask(root, shard, set_cached{"a", make_cached("1")}, changed);
  advance(minutes(5) - nanoseconds(1));
  EXPECT_TRUE(find());
  advance(nanoseconds(1));
  EXPECT_FALSE(find());
}

TEST_F(a_cache_reader, keeps_what_it_finds_from_being_evicted) {
  end(shard);
  auto small = options();
  small.cache.most_entries = 20;
  shard = spawn_shard(small);
  get("kept");
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(find("kept")) << i;
    get("other-" + std::to_string(i));
    EXPECT_LE(figures().entries, 20U);
  }
}

TEST_F(a_cache_reader, finds_nothing_for_a_context_that_is_done) {
  get();
  auto gone = with_cancel(root);
  gone.cancel();
  EXPECT_FALSE(reader.find(gone.ctx(), "a"));
}

TEST_F(a_cache_reader, finds_nothing_when_its_shard_has_gone_nor_in_the_next_one) {
  get();
  end(shard);
  EXPECT_FALSE(find());
  shard = spawn_shard(options());
  EXPECT_FALSE(find());
}

TEST(cache_shards, find_through_the_reader_of_the_keys_shard) {
  runtime rt({.workers = 2});
  auto life = with_cancel(rt.background());
  const std::vector<cache_reader> readers(4);
  std::vector<caf::actor> all;
  for (const auto& reader : readers) {
    cache_shard_options options;
    options.reader = reader;
    all.push_back(spawn_cache_shard(rt.system(), life.ctx(), options));
  }
  const cache_shards shards(all, 1, readers);
  for (int i = 0; i < 100; ++i) {
    const std::string key = "key-" + std::to_string(i);
    ASSERT_TRUE(ask_and_wait<cache_changed>(rt.system(), rt.background(), shards.of(key),
                                            set_cached{key, make_cached(key)}));
    const auto found = shards.find(rt.background(), key);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found->value.bytes, key);
  }
}

/// Real threads. Each key's true value is a number that only grows. A writer changes it, erases the
/// key in the shard, and acknowledges when that has answered. No reader may find less than was
/// acknowledged before it looked, in either way of reading.
class a_cache_among_threads : public ::testing::Test {
 protected:
  static constexpr std::size_t keys = 8;
  static constexpr std::uint64_t writes = 3'000;

  template <class Answer, class Message>
  Answer ask(const Message& m) {
    return *ask_and_wait<Answer>(rt.system(), rt.background(), shard, m);
  }
  static std::string name(std::size_t k) { return "key-" + std::to_string(k); }
  cache_shard_options options() {
    cache_shard_options made;
    made.cache.most_entries = keys - 2;  // so that some are evicted
    made.reader = reader;
    made.load = [this](const context&, const std::string& key, const landing<cached_value>& done) {
      const std::size_t k = std::stoul(key.substr(4));
      // Read first, reported later: an erasure may overtake this load.
      const std::uint64_t read = truth[k];
      rt.blocking().submit(lane::read, [=] { done(make_cached(std::to_string(read))); });
    };
    return made;
  }
  void write(std::size_t k, std::uint64_t value, std::uint64_t how) {
    truth[k] = value;
    switch (how % 8) {
      case 0: ask<cache_changed>(erase_cached{"key-", true}); break;
      case 1: ask<cache_changed>(set_cached{name(k), make_cached(std::to_string(value))}); break;
      default: ask<cache_changed>(erase_cached{name(k)}); break;
    }
    told[k] = value;
  }
  void read(std::size_t k, bool asks) {
    const std::uint64_t least = told[k];
    auto found = reader.find(rt.background(), name(k));
    (found ? hits : misses).fetch_add(1);
    if (!found && !asks) return;
    if (!found) found = ask<cache_answered>(get_cached{name(k)});
    const std::uint64_t seen = std::stoull(*found->value.bytes);
    if (seen < least) ++too_old;
  }

  runtime rt{{.workers = 2}};
  cancel_scope life = with_cancel(rt.background());
  std::array<std::atomic<std::uint64_t>, keys> truth{};
  std::array<std::atomic<std::uint64_t>, keys> told{};
  std::atomic<std::uint64_t> hits{0};
  std::atomic<std::uint64_t> misses{0};
  std::atomic<std::uint64_t> too_old{0};
  std::atomic<bool> over{false};
  const cache_reader reader;
  caf::actor shard = spawn_cache_shard(rt.system(), life.ctx(), options());
};

TEST_F(a_cache_among_threads, never_gives_what_was_erased_or_set_over_before) {
  const std::uint64_t seed = random_seed();
  std::vector<std::jthread> readers;
  for (std::uint64_t r = 0; r < 4; ++r)
    readers.emplace_back([this, r, seed] {
      std::mt19937_64 random(seed + r);
      while (!over) read(random() % keys, random() % 4 == 0);
    });
  std::mt19937_64 random(seed);
  for (std::uint64_t v = 1; v <= writes; ++v) write(random() % keys, v, random());
  over = true;
  readers.clear();
  EXPECT_EQ(too_old, 0U);
  EXPECT_GT(hits, 0U);
  const auto figures = ask<cache_figures>(ask_cache_figures{});
  EXPECT_LE(figures.entries, keys - 2);
  EXPECT_GE(figures.hits, hits) << "each was counted";
}

}  // namespace
}  // namespace lifeline::guards
