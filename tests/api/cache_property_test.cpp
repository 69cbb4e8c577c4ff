#include <array>
#include <atomic>
#include <thread>

#include "api/server_fixture.hpp"
#include "api/standing_cache.hpp"
#include "random_seed.hpp"

namespace bank::api::testing {
namespace {

constexpr std::size_t accounts = 4;
constexpr std::size_t writers = 3;
constexpr std::size_t readers = 4;
constexpr int writes_each = 100;

/// Slow at random moments, without a clock: gives its time to others.
class dawdling_store final : public storage::forwarding_store {
 public:
  dawdling_store(lifeline::ledger::ledger_store& real, std::uint64_t seed)
      : forwarding_store(real), chance_(seed) {}

  result<std::optional<lifeline::ledger::account_record>> find_account(
      const context& c, lifeline::ledger::account_id id) override {
    auto found = forwarding_store::find_account(c, id);
    const std::uint64_t n = chance_.fetch_add(0x9e3779b97f4a7c15) >> 61;
    for (std::uint64_t i = 0; i < n; ++i) std::this_thread::yield();
    return found;
  }

 private:
  std::atomic<std::uint64_t> chance_;
};

class cache_property : public server_fixture {
 protected:
  cache_property() {
    read_cache_options how;
    how.shards = 2;
    standing_.emplace(rt_, slow_, versions_, how);
    cache_ = standing_->cache();
    for (auto& id : ids_) id = open("alice");
  }
  ~cache_property() override {
    client_.reset();
    server_.reset();
  }

  static reply ask(http_client& c, const ask_for& a) {
    c.send(a.text());
    return c.read();
  }
  /// One more in the account, in one of the ways in which money comes; true once that is answered.
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
  /// Who has written reads it at once, and once more.
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
    EXPECT_GE(page ? newest_balance(r) : r.json().at("balance").at("posted").as_int64(), known)
        << target << " " << r.field("cache-status");
  }
  static std::int64_t newest_balance(const reply& r) {
    const auto rows = r.rows();
    return rows.empty() ? 0 : rows.front().at("balance_after").as_int64();
  }

  const std::uint64_t seed_ = lifeline::testing::random_seed();
  dawdling_store slow_{store_, seed_};
  std::optional<standing_cache> standing_;
  std::array<std::string, accounts> ids_;
  std::array<std::atomic<std::int64_t>, accounts> acknowledged_{};
  std::array<std::atomic<std::uint64_t>, 2> answers_{};
  std::atomic<std::size_t> writing_{writers};
};

TEST_F(cache_property, a_read_after_an_answered_write_never_shows_less) {
  std::vector<std::thread> all;
  for (std::size_t i = 0; i < writers; ++i) all.emplace_back([this, i] { write(seed_ + i); });
  for (std::size_t i = 0; i < readers; ++i) all.emplace_back([this, i] { read(~seed_ + i); });
  for (auto& t : all) t.join();
  EXPECT_GT(answers_[0], 0U);
  EXPECT_GT(answers_[1], 0U) << "nothing was ever kept: the test has shown nothing";
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < accounts; ++i) {
    EXPECT_EQ(posted(ids_[i]), acknowledged_[i]);
    sum += acknowledged_[i];
  }
  EXPECT_EQ(sum, std::int64_t{writers} * writes_each);
}

}  // namespace
}  // namespace bank::api::testing
