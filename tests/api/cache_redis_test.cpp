#include <future>
#include <thread>

#include "api/server_fixture.hpp"
#include "api/standing_cache.hpp"
#include "bank/node/redis_cache.hpp"
#include "storage/redis_server.hpp"

namespace bank::api::testing {
namespace {

namespace guards = lifeline::guards;

/// Runs of nodes with one Redis server.
struct redis_runs {
  explicit redis_runs(std::vector<std::string> settings = {}) : redis_(std::move(settings)) {}

  node::redis_cache new_run(const std::string& url) const {
    read_cache_options how;
    how.redis_url = url;
    how.redis_timeout = std::chrono::seconds(20);
    node::redis_cache made(lifeline::background(), how, nullptr);
    while (made.tier()->figures().connects == 0) std::this_thread::yield();
    return made;
  }
  storage::tests::redis_server redis_;
  node::redis_cache run_ = new_run(redis_.url());
};

class cache_redis : public redis_runs, public server_fixture {
 protected:
  cache_redis() {
    read_cache_options how;
    how.shards = 1;
    how.entries = 1;
    standing_.emplace(rt_, store_, versions_, how, run_.tier());
    cache_ = standing_->cache();
    a_ = open("alice");
    b_ = open("alice");
  }
  ~cache_redis() override {
    client_.reset();
    server_.reset();
  }
  reply view(const std::string& id, const std::string& token) {
    return get("/v1/accounts/" + id, token);
  }
  static bool is_from_redis(const reply& r) {
    const std::string text = r.field("cache-status");
    return text.starts_with("bank-node; hit; ttl=") && text.ends_with("; detail=redis");
  }

  std::optional<standing_cache> standing_;
  std::string a_, b_;
};

TEST_F(cache_redis, serves_entries_evicted_from_memory) {
  const reply first = view(a_, alice_);
  EXPECT_EQ(first.field("cache-status"), "bank-node; fwd=miss; stored");
  view(b_, alice_);
  const reply again = view(a_, alice_);
  EXPECT_TRUE(is_from_redis(again)) << again.field("cache-status");
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.field("etag"), first.field("etag"));
}

TEST_F(cache_redis, respects_the_caller_s_rights) {
  view(a_, alice_);
  view(b_, alice_);
  EXPECT_EQ(view(a_, bob_).status, 404U);
}

TEST_F(cache_redis, shows_what_was_written) {
  view(a_, alice_);
  view(b_, alice_);
  ASSERT_EQ(post("/v1/transfers", admin_, transfer("world", a_, 7)).status, 201U);
  const reply after = view(a_, alice_);
  EXPECT_FALSE(is_from_redis(after));
  EXPECT_EQ(after.json().at("balance").at("posted").as_int64(), 7);
}

TEST_F(cache_redis, is_not_needed) {
  view(a_, alice_);
  view(b_, alice_);
  redis_.kill();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(view(a_, alice_).status, 200U);
    EXPECT_EQ(view(b_, alice_).status, 200U);
  }
}

/// Another node, or the same one after a restart, starts counting versions again: a value with the
/// same key may be older by any number of writes.
TEST(a_redis_cache, shares_a_server_but_no_value_with_another_run) {
  const redis_runs runs;
  const auto other = runs.new_run(runs.redis_.url());
  const auto look = [](guards::cache_tier& tier) {
    std::promise<bool> said;
    tier.get(lifeline::background(), "an account 0.0",
             guards::tier_landing([&](const auto& o) { said.set_value(o && *o); }));
    return said.get_future().get();
  };
  runs.run_.tier()->set("an account 0.0", std::make_shared<const std::string>("old"),
                        std::chrono::seconds(60));
  EXPECT_TRUE(look(*runs.run_.tier()));
  EXPECT_FALSE(look(*other.tier()));
}

TEST(a_redis_cache, sends_the_password) {
  const redis_runs open;
  storage::tests::redis_server closed({"--requirepass", "s3cret"});
  open.new_run("unix://:s3cret@" + closed.socket());
}

}  // namespace
}  // namespace bank::api::testing
