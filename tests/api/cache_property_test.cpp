#include <array>
#include <atomic>
#include <thread>

#include "api/server_fixture.hpp"
#include "api/standing_cache.hpp"
#include "bank/node/redis_cache.hpp"
#include "random_seed.hpp"
#include "storage/redis_server.hpp"

namespace bank::api::testing {
namespace {

constexpr std::size_t accounts = 4;
constexpr std::size_t writers = 3;
constexpr std::size_t readers = 4;
constexpr int writes_each = 100;

/// Slow at random moments, without a clock: yields to other threads.
class dawdling_reads final : public storage::store_hook {
 public:
  explicit dawdling_reads(std::uint64_t seed) : chance_(seed) {}

  std::optional<lifeline::ledger::failure> around(const storage::store_call& call,
                                                  const rest_of_call& go_on) override {
    auto failed = go_on();
    if (call.what != storage::operation::find_account) return failed;
    const std::uint64_t n = chance_.fetch_add(0x9e3779b97f4a7c15) >> 61;
    for (std::uint64_t i = 0; i < n; ++i) std::this_thread::yield();
    return failed;
  }

 private:
  std::atomic<std::uint64_t> chance_;
};

class cache_property : public server_fixture {
 protected:
  cache_property() : cache_property(read_cache_options().entries, nullptr) {}
  cache_property(std::size_t entries, std::shared_ptr<lifeline::guards::cache_tier> second) {
    read_cache_options how;
    how.shards = 2;
    how.entries = entries;
    add_hook(slow_);
    standing_.emplace(rt_, store_, versions_, how, std::move(second));
    cache_ = standing_->cache();
    for (auto& id : ids_) id = open("alice");
  }
  ~cache_property() override {
    client_.reset();
    server_.reset();
    books_.reset();
  }

  static reply ask(http_client& c, const ask_for& a) {
    c.send(a.text());
    return c.read();
  }
  /// Adds 1 to the account, in one of several ways; true once that is answered.
  bool add_one(http_client& c, std::size_t account, unsigned way) {
    const std::string& to = ids_[account];
    if (way == 0)
      return ask(c, {"POST", "/v1/transfers", admin_, transfer("world", to, 1)}).status == 201;
    if (way == 1)
      return ask(c, {"POST", "/v1/transfers/batch", admin_,
                     R"({"transfers":[)" + transfer("world", to, 1) + "]}"})
                 .status == 200;
    const reply held =
        ask(c, {"POST", "/v1/transfers", admin_, transfer("world", to, 1, R"(,"pending":true)")});
    return held.status == 201 &&
           ask(c, {"POST", "/v1/transfers/" + held.text("id") + "/post", admin_, "{}"}).status ==
               200;
  }
  void write(std::uint64_t seed) {
    write_all(seed);
    --writing_;
  }
  /// Reads right after each write, twice.
  void write_all(std::uint64_t seed) {
    std::mt19937_64 chance(seed);
    http_client c(server_->port());
    for (int i = 0; i < writes_each; ++i) {
      const std::size_t account = chance() % accounts;
      ASSERT_TRUE(add_one(c, account, static_cast<unsigned>(chance() % 3)));
      ++acknowledged_[account];
      for (int again = 0; again < 3; ++again) look(c, account, again == 1);
    }
  }
  void read(std::uint64_t seed) {
    std::mt19937_64 chance(seed);
    http_client c(server_->port());
    while (writing_.load() > 0) look(c, chance() % accounts, chance() % 2 == 0);
  }
  void look(http_client& c, std::size_t account, bool page) {
    const std::string target = "/v1/accounts/" + ids_[account] + (page ? "/history?limit=1" : "");
    const std::int64_t known = acknowledged_[account].load();
    const reply r = ask(c, {"GET", target, alice_});
    ASSERT_EQ(r.status, 200U) << r.body;
    ++answers_[r.field("cache-status").find("hit") != std::string::npos ? 1 : 0];
    if (r.field("cache-status").find("detail=redis") != std::string::npos) ++from_redis_;
    EXPECT_GE(page ? newest_balance(r) : r.json().at("balance").at("posted").as_int64(), known)
        << target << " " << r.field("cache-status");
  }
  static std::int64_t newest_balance(const reply& r) {
    const auto rows = r.rows();
    return rows.empty() ? 0 : rows.front().at("balance_after").as_int64();
  }

  const std::uint64_t seed_ = lifeline::testing::random_seed();
  dawdling_reads slow_{seed_};
  std::optional<standing_cache> standing_;
  std::array<std::string, accounts> ids_;
  std::array<std::atomic<std::int64_t>, accounts> acknowledged_{};
  std::array<std::atomic<std::uint64_t>, 2> answers_{};
  std::atomic<std::uint64_t> from_redis_{0};
  std::atomic<std::size_t> writing_{writers};
  void read_and_write();
};

void cache_property::read_and_write() {
  std::vector<std::thread> all;
  for (std::size_t i = 0; i < writers; ++i) all.emplace_back([this, i] { write(seed_ + i); });
  for (std::size_t i = 0; i < readers; ++i) all.emplace_back([this, i] { read(~seed_ + i); });
  for (auto& t : all) t.join();
  EXPECT_GT(answers_[0], 0U);
  EXPECT_GT(answers_[1], 0U) << "no cache hit: the test proved nothing";
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < accounts; ++i) {
    EXPECT_EQ(posted(ids_[i]), acknowledged_[i]);
    sum += acknowledged_[i];
  }
  EXPECT_EQ(sum, std::int64_t{writers} * writes_each);
}

TEST_F(cache_property, a_read_after_an_answered_write_never_shows_less) { read_and_write(); }

/// Loses some commands and queries of a tier, and delays some values until
/// much later.
class losing_tier final : public lifeline::guards::cache_tier {
 public:
  losing_tier(std::shared_ptr<cache_tier> real, std::uint64_t seed)
      : real_(std::move(real)), chance_(seed) {}

  void get(const lifeline::context& ctx, const std::string& key,
           lifeline::guards::tier_landing done) override {
    draw(8) == 0 ? done(std::nullopt) : real_->get(ctx, key, std::move(done));
  }
  void set(const std::string& key, lifeline::guards::cached_bytes value,
           lifeline::duration left) override {
    const auto how = draw(4);
    if (how == 0) return;
    std::optional<held> late;
    {
      const std::lock_guard lock(mutex_);
      if (how == 1) {
        held_.push_back({key, value, left});
      } else if (!held_.empty()) {
        const auto at = held_.begin() + static_cast<std::ptrdiff_t>(chance_() % held_.size());
        late = std::move(*at);
        held_.erase(at);
      }
    }
    if (how == 1) return;
    real_->set(key, std::move(value), left);
    if (late) real_->set(late->key, std::move(late->value), late->left);
  }
  lifeline::guards::tier_figures figures() const override { return real_->figures(); }

 private:
  struct held {
    std::string key;
    lifeline::guards::cached_bytes value;
    lifeline::duration left;
  };
  std::uint64_t draw(std::uint64_t of) {
    const std::lock_guard lock(mutex_);
    return chance_() % of;
  }

  const std::shared_ptr<cache_tier> real_;
  std::mutex mutex_;
  std::mt19937_64 chance_;
  std::vector<held> held_;
};

struct own_redis {
  read_cache_options where() const {
    read_cache_options how;
    how.redis_url = redis_.url();
    how.redis_timeout = std::chrono::seconds(20);  // slow answers count, too
    return how;
  }
  storage::tests::redis_server redis_;
  node::redis_cache second_{lifeline::background(), where(), nullptr};
  std::shared_ptr<losing_tier> losing_ =
      std::make_shared<losing_tier>(second_.tier(), lifeline::testing::random_seed());
};

/// Each shard has room for one entry: the others are in the second tier, if anywhere.
class cache_property_with_redis : public own_redis, public cache_property {
 protected:
  cache_property_with_redis() : cache_property(2, losing_) {
    while (losing_->figures().connects == 0) std::this_thread::yield();
  }
  ~cache_property_with_redis() override {
    client_.reset();
    server_.reset();
  }
};

TEST_F(cache_property_with_redis, a_read_after_an_answered_write_never_shows_less) {
  read_and_write();
  EXPECT_GT(from_redis_, 0U) << "no hit in the second tier: the test proved nothing";
}

TEST_F(cache_property_with_redis, also_while_the_server_dies_and_restarts) {
  std::thread killer([this] {
    while (writing_ > 0) {
      const auto asked = losing_->figures();
      while (writing_ > 0 && losing_->figures().hits < asked.hits + 20) std::this_thread::yield();
      redis_.kill();
      redis_.start();
    }
  });
  read_and_write();
  killer.join();
  EXPECT_GT(from_redis_, 0U);
}

}  // namespace
}  // namespace bank::api::testing
