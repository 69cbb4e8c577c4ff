#include <atomic>
#include <future>
#include <thread>

#include "api/server_fixture.hpp"
#include "api/standing_cache.hpp"
#include "bank/node/redis_cache.hpp"
#include "storage/redis_server.hpp"

namespace bank::api::testing {
namespace {

namespace guards = lifeline::guards;

/// Nodes with one Redis server.
struct redis_nodes {
  explicit redis_nodes(std::vector<std::string> settings = {}) : redis_(std::move(settings)) {}

  node::redis_cache new_node(const std::string& url) const {
    read_cache_options how;
    how.redis_url = url;
    how.redis_timeout = std::chrono::seconds(20);
    node::redis_cache made(lifeline::background(), how, nullptr);
    while (made.tier()->figures().connects == 0) std::this_thread::yield();
    return made;
  }
  storage::tests::redis_server redis_;
  node::redis_cache node_ = new_node(redis_.url());
};

/// Counts what is read.
class counted_reads final : public storage::store_hook {
 public:
  std::optional<lifeline::ledger::failure> around(const storage::store_call& call,
                                                  const rest_of_call& go_on) override {
    if (call.what == storage::operation::find_account) ++accounts;
    if (call.what == storage::operation::history) ++pages;
    return go_on();
  }

  std::atomic<int> accounts{0};
  std::atomic<int> pages{0};
};

class cache_redis : public redis_nodes, public server_fixture {
 protected:
  cache_redis() {
    add_hook(counted_);
    start_cache(node_, 1);
    a_ = open("alice");
    b_ = open("alice");
  }
  ~cache_redis() override {
    client_.reset();
    server_.reset();
    books_.reset();
  }
  void start_cache(const node::redis_cache& redis, std::size_t entries) {
    read_cache_options how;
    how.shards = 1;
    how.entries = entries;
    client_.reset();
    server_.reset();
    standing_.emplace(rt_, store_, versions_, how, redis.tier());
    cache_ = standing_->cache();
  }
  reply page(const std::string& id, const std::string& token) {
    return get("/v1/accounts/" + id + "/history", token);
  }
  void expect_kept(std::uint64_t pages) {
    while (node_.tier()->figures().sets < pages) std::this_thread::yield();
  }
  static bool is_from_redis(const reply& r) {
    const std::string text = r.field("cache-status");
    return text.starts_with("bank-node; hit; ttl=") && text.ends_with("; detail=redis");
  }

  counted_reads counted_;
  std::optional<standing_cache> standing_;
  std::string a_, b_;
};

TEST_F(cache_redis, serves_pages_evicted_from_memory) {
  const reply first = page(a_, alice_);
  EXPECT_EQ(first.field("cache-status"), "bank-node; fwd=miss; stored");
  page(b_, alice_);
  const reply again = page(a_, alice_);
  EXPECT_TRUE(is_from_redis(again)) << again.field("cache-status");
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.field("etag"), first.field("etag"));
}

TEST_F(cache_redis, leaves_views_to_memory) {
  for (const std::string& id : {a_, b_, a_})
    EXPECT_EQ(get("/v1/accounts/" + id, alice_).field("cache-status"),
              "bank-node; fwd=miss; stored");
  EXPECT_EQ(redis_.ask({"DBSIZE"}), "0");
}

TEST_F(cache_redis, respects_the_caller_s_rights) {
  page(a_, alice_);
  page(b_, alice_);
  EXPECT_EQ(page(a_, bob_).status, 404U);
}

TEST_F(cache_redis, shows_what_was_written) {
  page(a_, alice_);
  page(b_, alice_);
  ASSERT_EQ(post("/v1/transfers", admin_, transfer("world", a_, 7)).status, 201U);
  const reply after = page(a_, alice_);
  EXPECT_FALSE(is_from_redis(after));
  EXPECT_EQ(after.rows().size(), 1U);
}

TEST_F(cache_redis, is_not_needed) {
  page(a_, alice_);
  page(b_, alice_);
  redis_.kill();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(page(a_, alice_).status, 200U);
    EXPECT_EQ(page(b_, alice_).status, 200U);
  }
}

/// After a restart the store is asked for the version only. A further node would do the same.
TEST_F(cache_redis, serves_pages_that_a_node_before_it_has_left) {
  deposit(a_, 7);
  const reply first = page(a_, alice_);
  EXPECT_EQ(first.field("cache-status"), "bank-node; fwd=miss; stored");
  expect_kept(1);
  const auto next = new_node(redis_.url());
  start_cache(next, 100);
  counted_.accounts = counted_.pages = 0;
  const reply again = page(a_, alice_);
  EXPECT_TRUE(is_from_redis(again)) << again.field("cache-status");
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.field("etag"), first.field("etag"));
  EXPECT_EQ(counted_.accounts, 1);
  EXPECT_EQ(counted_.pages, 0);
  EXPECT_FALSE(is_from_redis(page(a_, alice_))) << "it is in memory now";
  EXPECT_EQ(counted_.accounts, 1);
  deposit(a_, 1);
  EXPECT_EQ(page(a_, alice_).rows().size(), 2U);
  EXPECT_EQ(counted_.pages, 1);
}

TEST(a_redis_cache, shares_its_server) {
  const redis_nodes nodes;
  const auto other = nodes.new_node(nodes.redis_.url());
  const auto look = [](guards::cache_tier& tier) {
    std::promise<bool> said;
    tier.get(lifeline::background(), "a page",
             guards::tier_landing([&](const auto& o) { said.set_value(o && *o); }));
    return said.get_future().get();
  };
  nodes.node_.tier()->set("a page", std::make_shared<const std::string>("text"),
                          std::chrono::seconds(60));
  EXPECT_TRUE(look(*nodes.node_.tier()));
  EXPECT_TRUE(look(*other.tier()));
}

TEST(a_redis_cache, sends_the_password) {
  const redis_nodes open;
  storage::tests::redis_server closed({"--requirepass", "s3cret"});
  open.new_node("unix://:s3cret@" + closed.socket());
}

}  // namespace
}  // namespace bank::api::testing
