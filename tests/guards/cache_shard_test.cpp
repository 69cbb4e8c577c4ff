#include "lifeline/guards/cache_shard.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <stdexcept>

#include "guards/guard_fixture.hpp"
#include "lifeline/observe/actor_meter.hpp"
#include "random_seed.hpp"

namespace lifeline::guards {
namespace {

using namespace testing;

/// A load that the shard began and the test ends.
struct open_load {
  context ctx;
  std::string key;
  landing<cached_value> done;
};

class a_cache_shard : public guard_fixture {
 protected:
  void TearDown() override {
    life.cancel();
    run();
    loads.clear();
    run();
    guard_fixture::TearDown();
  }
  cache_shard_options options() {
    cache_shard_options made;
    made.cache.jitter = 0;
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
  }
  void land(std::size_t which, const std::string& text) {
    loads[which].done(make_cached(text));
    run();
  }
  void fail(std::size_t which, errc why = errc::unreachable) {
    loads[which].done.fail(why);
    run();
  }
  void erase(const std::string& key, bool is_prefix = false) {
    ask(root, shard, erase_cached{key, is_prefix}, changed);
  }
  cache_source last_source() const { return out.answers.back().from(); }
  const std::string& last_text() const { return *out.answers.back().value.bytes; }

  cancel_scope life = with_cancel(root);
  std::vector<open_load> loads;
  caf::actor shard = spawn_shard(options());
  heard<cache_answered> out;
  heard<cache_changed> changed;
  heard<cache_figures> figures;
};

TEST_F(a_cache_shard, loads_once_for_all_requests_and_then_has_the_value) {
  for (int i = 0; i < 3; ++i) get(root);
  ASSERT_EQ(loads.size(), 1U);
  land(0, "1");
  ASSERT_EQ(out.answers.size(), 3U);
  EXPECT_EQ(last_source(), cache_source::loaded);
  get(root);
  EXPECT_EQ(last_source(), cache_source::hit);
  EXPECT_EQ(last_text(), "1");
  EXPECT_EQ(loads.size(), 1U);
}

TEST_F(a_cache_shard, refuses_at_once_requests_beyond_its_waiting_bound) {
  end(shard);
  auto few = options();
  few.most_waiting = 2;
  shard = spawn_shard(few);
  ask(root, shard, set_cached{"old", make_cached("0")}, changed);
  advance(minutes(6));
  get(root);
  get(root, "b");
  get(root, "c");
  EXPECT_EQ(out.errors, std::vector{errc::overloaded});
  get(root, "old");
  EXPECT_EQ(last_source(), cache_source::stale) << "a stale value instead of a refusal";
  EXPECT_EQ(loads.size(), 2U);
  land(0, "1");
  get(root, "c");
  EXPECT_EQ(loads.size(), 3U) << "there is room again";
}

TEST_F(a_cache_shard, goes_on_loading_for_the_others_when_one_leaves) {
  auto leaving = with_cancel(root);
  get(leaving.ctx());
  get(root);
  leaving.cancel();
  run();
  EXPECT_EQ(out.errors, std::vector{errc::canceled});
  EXPECT_FALSE(loads[0].ctx.done());
  land(0, "1");
  EXPECT_EQ(out.answers.size(), 1U);
}

TEST_F(a_cache_shard, gives_up_a_load_without_waiters) {
  auto leaving = with_cancel(root);
  get(leaving.ctx());
  leaving.cancel();
  run();
  EXPECT_TRUE(loads[0].ctx.done());
  get(root);
  ASSERT_EQ(loads.size(), 2U) << "the next begins anew";
  fail(0);
  land(1, "2");
  EXPECT_EQ(last_text(), "2");
}

TEST_F(a_cache_shard, fails_as_its_load_fails) {
  get(root);
  fail(0);
  EXPECT_EQ(out.errors, std::vector{errc::unreachable});
  get(root);
  EXPECT_EQ(loads.size(), 2U) << "a failure is not kept";
}

TEST_F(a_cache_shard, fails_when_a_load_drops_its_landing) {
  get(root);
  loads.clear();
  run();
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
}

TEST_F(a_cache_shard, caches_that_a_key_does_not_exist) {
  get(root);
  loads[0].done(known_to_be_absent());
  run();
  EXPECT_EQ(last_source(), cache_source::loaded);
  EXPECT_EQ(out.answers.back().value.bytes, nullptr);
  get(root);
  EXPECT_EQ(last_source(), cache_source::hit);
  EXPECT_EQ(loads.size(), 1U);
  time.advance(seconds(30));
  get(root);
  EXPECT_EQ(loads.size(), 2U);
}

TEST_F(a_cache_shard, refreshes_in_the_background_before_the_end) {
  get(root);
  land(0, "1");
  time.advance(minutes(4));
  for (int i = 0; i < 3; ++i) get(root);
  EXPECT_EQ(out.answers.size(), 4U) << "nobody waits for it";
  ASSERT_EQ(loads.size(), 2U) << "once";
  land(1, "2");
  get(root);
  EXPECT_EQ(last_text(), "2");
  EXPECT_EQ(out.answers.back().age, duration::zero());
}

TEST_F(a_cache_shard, joins_requests_after_the_end_to_the_running_refresh) {
  get(root);
  land(0, "1");
  time.advance(minutes(5) - seconds(1));
  get(root);
  time.advance(seconds(2));
  get(root);
  ASSERT_EQ(loads.size(), 2U);
  land(1, "2");
  EXPECT_EQ(last_text(), "2");
}

TEST_F(a_cache_shard, gives_up_a_refresh_that_takes_too_long) {
  get(root);
  land(0, "1");
  time.advance(minutes(4));
  get(root);
  advance(seconds(5));
  EXPECT_EQ(loads[1].ctx.err(), errc::deadline_exceeded);
  loads.pop_back();
  run();
  get(root);
  EXPECT_EQ(loads.size(), 2U) << "another one";
  EXPECT_EQ(last_text(), "1");
}

TEST_F(a_cache_shard, bounds_its_refreshes) {
  auto o = options();
  o.most_refreshes = 2;
  shard = spawn_shard(o);
  for (const char* key : {"a", "b", "c"}) {
    get(root, key);
    land(loads.size() - 1, key);
  }
  time.advance(minutes(4));
  for (const char* key : {"a", "b", "c"}) get(root, key);
  EXPECT_EQ(loads.size(), 5U);
}

TEST_F(a_cache_shard, returns_a_stale_entry_while_loading_fails) {
  get(root);
  land(0, "1");
  time.advance(minutes(6));
  get(root);
  fail(1);
  EXPECT_EQ(last_source(), cache_source::stale);
  EXPECT_EQ(last_text(), "1");
  EXPECT_EQ(out.answers.back().left, -minutes(1));
  time.advance(minutes(9));
  get(root);
  fail(2);
  EXPECT_EQ(out.errors, std::vector{errc::unreachable}) << "not for ever";
}

TEST_F(a_cache_shard, returns_no_stale_entry_that_was_erased) {
  get(root);
  land(0, "1");
  time.advance(minutes(6));
  get(root);
  erase("a");
  fail(1);
  EXPECT_EQ(out.errors, std::vector{errc::unreachable});
}

TEST_F(a_cache_shard, never_keeps_what_was_loaded_before_an_erasure) {
  get(root);
  erase("a");
  get(root);
  ASSERT_EQ(loads.size(), 2U) << "a later request does not join the older load";
  land(1, "new");
  land(0, "old");
  EXPECT_EQ(out.answers.size(), 2U);
  get(root);
  EXPECT_EQ(last_text(), "new");
}

TEST_F(a_cache_shard, forgets_by_prefix) {
  for (const char* key : {"account/1", "account/2", "other"}) {
    get(root, key);
    land(loads.size() - 1, key);
  }
  erase("account/", true);
  EXPECT_EQ(changed.answers.back().entries, 1U);
}

TEST_F(a_cache_shard, without_a_loader_is_a_plain_cache) {
  shard = spawn_shard({});
  get(root);
  EXPECT_EQ(last_source(), cache_source::absent);
  ask(root, shard, set_cached{"a", make_cached("1", seconds(10))}, changed);
  get(root);
  EXPECT_EQ(last_source(), cache_source::hit);
  time.advance(seconds(10));
  get(root);
  EXPECT_EQ(last_source(), cache_source::absent);
}

TEST_F(a_cache_shard, tells_its_figures) {
  get(root);
  land(0, "1");
  get(root);
  erase("a");
  ask(root, shard, ask_cache_figures{}, figures);
  const auto& f = figures.answers.at(0);
  EXPECT_EQ(f.hits, 1U);
  EXPECT_EQ(f.misses, 1U);
  EXPECT_EQ(f.loads, 1U);
  EXPECT_EQ(f.erased, 1U);
  EXPECT_EQ(f.entries, 0U);
}

TEST_F(a_cache_shard, that_ends_breaks_its_promises_and_ends_its_loads) {
  get(root);
  life.cancel();
  run();
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
  EXPECT_TRUE(loads[0].ctx.done());
}

/// Writers change a store, erase the key in the shard, and only then count as acknowledged; readers
/// ask the shard. Loads read the store at one time and arrive at another; some fail, some askers
/// leave.
TEST_F(a_cache_shard, never_gives_a_read_less_than_what_was_acknowledged_before_it) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  struct slow_load {
    std::string key;
    std::optional<int> read;  // once it has read
    landing<cached_value> done;
  };
  std::map<std::string, int> store;
  std::map<std::string, int> acknowledged;
  std::vector<slow_load> under_way;
  auto o = options();
  o.cache.most_entries = 4;
  o.load = [&](const context&, const std::string& key, landing<cached_value> done) {
    under_way.push_back({key, std::nullopt, std::move(done)});
  };
  shard = spawn_shard(o);
  std::vector<cancel_scope> scopes;
  int answered = 0;
  const auto read = [&](const std::string& key) {
    scopes.push_back(with_cancel(root));
    const int least = acknowledged[key];
    spawn_doing([&, key, least, ctx = scopes.back().ctx()](caf::event_based_actor* self) {
      lifeline::ask(self, offered(losses, ctx), shard, get_cached{key})
          .then(
              [&answered, least](const cache_answered& a) {
                ++answered;
                EXPECT_GE(std::stoi(*a.value.bytes), least);
              },
              [](errc) {});
    });
  };
  const auto write = [&](const std::string& key) {
    const int version = ++store[key];
    const bool by_prefix = random() % 3 == 0;
    spawn_doing([&, key, version, by_prefix](caf::event_based_actor* self) {
      lifeline::ask(self, offered(losses, root), shard, erase_cached{key, by_prefix})
          .then(
              [&, key, version](const cache_changed&) {
                acknowledged[key] = std::max(acknowledged[key], version);
              },
              [](errc) {});
    });
  };
  const auto go_on_with_a_load = [&] {
    if (under_way.empty()) return;
    auto at = under_way.begin() + static_cast<std::ptrdiff_t>(random() % under_way.size());
    if (!at->read) {
      at->read = store[at->key];
      return;
    }
    const auto done = at->done;
    const int version = *at->read;
    under_way.erase(at);
    random() % 5 == 0 ? done.fail(errc::unreachable) : done(make_cached(std::to_string(version)));
    run();
  };
  for (int step = 0; step < 20'000; ++step) {
    const std::string key = "k" + std::to_string(random() % 6);
    switch (random() % 8) {
      case 0: write(key); break;
      case 1: advance(seconds(random() % 100)); break;
      case 2:
        if (scopes.size() > 20) {
          scopes.erase(scopes.begin());
          run();
        }
        break;
      case 3:
      case 4: read(key); break;
      default: go_on_with_a_load();
    }
    ASSERT_FALSE(HasFailure()) << "step " << step;
  }
  EXPECT_GT(answered, 1'000);
  under_way.clear();
  run();
}

#if !LIFELINE_CAF_1

TEST_F(a_cache_shard, is_metered_if_given_a_meter) {
  metrics all;
  actor_meter meter{all, "cache_shard", time};
  const auto made = spawn_cache_shard(system, life.ctx(), {}, &losses, &meter);
  heard<cache_answered> answers;
  for (int i = 0; i < 3; ++i) ask(root, made, get_cached{"a"}, answers);
  EXPECT_EQ(answers.answers.size(), 3U);
  EXPECT_EQ(meter.messages.value(), 3U);
  end(made);
}

#endif

TEST(cache_shards, spread_keys_and_keep_each_in_its_place) {
  // No shards are spawned: equal handles are enough to check the bounds.
  const cache_shards shards(std::vector<caf::actor>(4), 1);
  EXPECT_EQ(&shards.of("a"), &shards.of("a"));
  std::map<const caf::actor*, int> hit;
  for (int i = 0; i < 4'000; ++i) ++hit[&shards.of("key-" + std::to_string(i))];
  ASSERT_EQ(hit.size(), 4U);
  for (const auto& [shard, n] : hit) EXPECT_NEAR(n, 1'000, 200);
}

// -- late words ----------------------------------------------------------------------------------

/// One load was given up, and a later one is running.
class a_cache_shard_with_a_load_given_up : public a_cache_shard {
 protected:
  a_cache_shard_with_a_load_given_up() {
    auto leaving = with_cancel(root);
    get(leaving.ctx());
    leaving.cancel();
    run();
    out = {};
    get(root);
  }
  std::uint64_t late() {
    ask(root, shard, ask_cache_figures{}, figures);
    return figures.answers.back().late;
  }
};

TEST_F(a_cache_shard_with_a_load_given_up, keeps_what_the_newer_one_brings) {
  ASSERT_EQ(loads.size(), 2U);
  land(0, "old");
  EXPECT_EQ(out.answers.size(), 0U);
  land(1, "new");
  EXPECT_EQ(last_text(), "new");
  get(root);
  EXPECT_EQ(last_source(), cache_source::hit);
  EXPECT_EQ(last_text(), "new");
  EXPECT_EQ(late(), 1U);
}

TEST_F(a_cache_shard_with_a_load_given_up, keeps_what_the_newer_one_brought_before) {
  land(1, "new");
  land(0, "old");
  get(root);
  EXPECT_EQ(last_text(), "new");
  EXPECT_EQ(loads.size(), 2U);
}

TEST_F(a_cache_shard_with_a_load_given_up, joins_and_keeps_the_newer_one_though_the_older_fails) {
  fail(0, errc::canceled);
  get(root);
  EXPECT_EQ(loads.size(), 2U) << "joined";
  land(1, "new");
  EXPECT_EQ(out.answers.size(), 2U);
  get(root);
  EXPECT_EQ(last_source(), cache_source::hit);
  EXPECT_EQ(late(), 1U);
}

TEST_F(a_cache_shard_with_a_load_given_up, takes_nothing_from_it_after_an_erasure) {
  erase("a");
  get(root);
  ASSERT_EQ(loads.size(), 3U) << "a request after an erasure joins no earlier load";
  land(0, "oldest");
  land(1, "old");
  land(2, "new");
  get(root);
  EXPECT_EQ(last_text(), "new");
}

TEST_F(a_cache_shard, begins_another_refresh_after_one_that_hangs) {
  get(root);
  land(0, "1");
  time.advance(minutes(4));
  get(root);
  ASSERT_EQ(loads.size(), 2U);
  advance(seconds(5));
  EXPECT_TRUE(loads[1].ctx.done());
  get(root);
  ASSERT_EQ(loads.size(), 3U) << "though the first one still hangs";
  land(1, "late");
  get(root);
  EXPECT_EQ(last_text(), "1") << "it was given up";
  land(2, "2");
  get(root);
  EXPECT_EQ(last_text(), "2");
}

TEST_F(a_cache_shard, refreshes_other_keys_after_hung_refreshes_used_all_places) {
  auto o = options();
  o.most_refreshes = 2;
  shard = spawn_shard(o);
  for (const char* key : {"a", "b", "c"}) {
    get(root, key);
    land(loads.size() - 1, key);
  }
  time.advance(minutes(4));
  for (const char* key : {"a", "b", "c"}) get(root, key);
  ASSERT_EQ(loads.size(), 5U);
  advance(seconds(5));
  get(root, "c");
  EXPECT_EQ(loads.size(), 6U);
}

TEST_F(a_cache_shard, goes_on_for_requests_that_joined_a_refresh_that_took_too_long) {
  get(root);
  land(0, "1");
  time.advance(minutes(5) - seconds(1));
  get(root);
  time.advance(seconds(2));
  get(root);  // past the end: waits for the refresh
  advance(seconds(5));
  EXPECT_FALSE(loads[1].ctx.done());
  land(1, "2");
  EXPECT_EQ(last_text(), "2");
  EXPECT_EQ(loads.size(), 2U);
}

TEST_F(a_cache_shard, treats_a_loader_that_throws_as_a_failed_load) {
  auto o = options();
  o.load = [](const context&, const std::string& key, const landing<cached_value>&) {
    if (key == "number") throw 42;
    throw std::runtime_error("no memory");
  };
  shard = spawn_shard(o);
  get(root, "number");
  get(root, "words");
  EXPECT_EQ(out.errors, (std::vector{errc::broken_promise, errc::broken_promise}));
  ask(root, shard, set_cached{"a", make_cached("1")}, changed);
  get(root);
  EXPECT_EQ(last_text(), "1") << "the shard lives";
}

/// Loads succeed, fail, or are given up and report anyway, in any order. Every answer has the
/// newest valid load, and no later answer has an older one.
TEST_F(a_cache_shard, never_goes_back_to_an_older_load_in_any_history) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  int newest = 0;  // that anybody was told of
  std::vector<cancel_scope> asking;
  std::size_t checked = 0;
  for (int step = 0; step < 3'000; ++step) {
    switch (random() % 6) {
      case 0:
      case 1:
        asking.push_back(with_cancel(root));
        get(asking.back().ctx());
        break;
      case 2:
        if (!asking.empty())
          asking.erase(asking.begin() + static_cast<std::ptrdiff_t>(random() % asking.size()));
        run();
        break;
      case 3:
        if (!loads.empty()) fail(random() % loads.size());
        break;
      case 4:
        if (!loads.empty()) {
          const std::size_t which = random() % loads.size();
          land(which, std::to_string(which + 1));
        }
        break;
      default: advance(minutes(6));  // what is kept ends
    }
    for (; checked < out.answers.size(); ++checked) {
      if (out.answers[checked].from() == cache_source::absent) continue;
      const int told = std::stoi(*out.answers[checked].value.bytes);
      ASSERT_GE(told, newest) << "step " << step;
      newest = told;
    }
  }
  EXPECT_GT(newest, 10);
}

TEST_F(a_cache_shard, keeps_for_good_what_has_the_longest_life_of_any_unit) {
  ask(root, shard, set_cached{"a", make_cached("1", hours::max())}, changed);
  advance(hours(24 * 365));
  get(root);
  EXPECT_EQ(last_source(), cache_source::hit);
}

}  // namespace
}  // namespace lifeline::guards
