#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <thread>

#include "bank/storage/redis/connection.hpp"
#include "bank/storage/redis/link.hpp"
#include "lifeline/guards/remote_tier.hpp"
#include "storage/redis_server.hpp"

namespace bank::storage::tests {
namespace {

namespace guards = lifeline::guards;

using guards::cached_bytes;
using guards::tier_finding;
using lifeline::duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

lifeline::time_point now() { return lifeline::process_clock().now(); }
cached_bytes bytes(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

/// A cache level with a server, as in the node. The server needs real time; tests wait for events,
/// not for times.
class tier_user {
 public:
  explicit tier_user(const std::string& url, guards::remote_tier_options o = quick())
      : tier_(life_.ctx(), make_redis_link(parse_redis_url(url).value()), listening(std::move(o))) {
  }

  /// Retries soon.
  static guards::remote_tier_options quick() {
    guards::remote_tier_options o;
    o.queue.prefix = "test";
    o.queue.timeout = seconds(20);
    o.connect_timeout = seconds(20);
    o.breaker.open_for = milliseconds(10);
    o.retry_first = milliseconds(10);
    o.retry_most = milliseconds(20);
    return o;
  }
  std::optional<tier_finding> get(const std::string& key) {
    std::promise<std::optional<tier_finding>> said;
    tier_.get(lifeline::background(), key,
              guards::tier_landing([&](const auto& o) { said.set_value(o ? *o : std::nullopt); }));
    return said.get_future().get();
  }
  std::string text(const std::string& key) {
    const auto found = get(key);
    return found && found->value ? *found->value : "(nothing)";
  }
  void set(const std::string& key, std::string value, duration left = seconds(60)) {
    tier_.set(key, bytes(std::move(value)), left);
  }
  void wait_until(bool usable) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_told_ && usable_ == usable; });
  }
  std::string why() {
    const std::lock_guard lock(mutex_);
    return why_;
  }
  guards::remote_tier& tier() { return tier_; }

 private:
  guards::remote_tier_options listening(guards::remote_tier_options o) {
    o.on_change = [this](bool usable, const std::string& why) {
      const std::lock_guard lock(mutex_);
      is_told_ = true;
      usable_ = usable;
      why_ = why;
      changed_.notify_all();
    };
    return o;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_told_ = false;
  bool usable_ = false;
  std::string why_;
  lifeline::cancel_scope life_ = with_cancel(lifeline::background());
  guards::remote_tier tier_;
};

TEST(redis_tier, keeps_and_finds_many) {
  redis_server server;
  tier_user user(server.url());
  user.wait_until(true);
  EXPECT_FALSE(user.get("a"));
  for (const char* key : {"a", "b", "c"}) user.set(key, std::string("value of ") + key);
  EXPECT_EQ(user.text("a"), "value of a");
  EXPECT_EQ(user.text("c"), "value of c");
  EXPECT_EQ(server.ask({"DBSIZE"}), "3");
}

TEST(redis_tier, keeps_bytes_as_they_are) {
  redis_server server;
  tier_user user(server.url());
  user.wait_until(true);
  const std::string zeros("a\0b\r\n\0", 6);
  std::string big(1 << 20, 'x');
  big[12'345] = '\0';
  user.set("zeros\r\n \0key", zeros);
  user.set("big", big);
  user.set("larger", big + "y");
  user.set("empty", "");
  user.tier().set("none", nullptr, seconds(60));
  EXPECT_EQ(user.text("zeros\r\n \0key"), zeros);
  EXPECT_TRUE(user.text("big") == big);
  EXPECT_FALSE(user.get("larger")) << "beyond what is kept";
  EXPECT_EQ(user.text("empty"), "");
  const auto none = user.get("none");
  ASSERT_TRUE(none);
  EXPECT_EQ(none->value, nullptr);
}

TEST(redis_tier, carries_the_rest_of_a_value_s_life) {
  redis_server server;
  tier_user user(server.url());
  user.wait_until(true);
  user.set("a", "1", seconds(50));
  auto found = user.get("a");
  ASSERT_TRUE(found);
  EXPECT_GT(found->left, seconds(10));
  EXPECT_LE(found->left, seconds(50));
  EXPECT_EQ(found->age + found->left, seconds(50));
  // As after 45 seconds.
  EXPECT_EQ(server.ask({"PEXPIRE", "test:2:a", "5000"}), "1");
  found = user.get("a");
  ASSERT_TRUE(found);
  EXPECT_LE(found->left, seconds(5));
  EXPECT_GE(found->age, seconds(45));
  // A key without expiry is not one of the cache's.
  EXPECT_EQ(server.ask({"PERSIST", "test:2:a"}), "1");
  EXPECT_FALSE(user.get("a"));
  user.set("short", "1", milliseconds(1));
  user.get("short");  // the server has it now, or had it
  while (server.ask({"EXISTS", "test:2:short"}) != "0") std::this_thread::yield();
  EXPECT_FALSE(user.get("short"));
}

TEST(redis_tier, takes_no_bytes_of_others_for_its_own) {
  redis_server server;
  tier_user user(server.url());
  user.wait_until(true);
  EXPECT_EQ(server.ask({"SET", "test:2:a", "not ours", "PX", "60000"}), "OK");
  EXPECT_EQ(server.ask({"LPUSH", "test:2:b", "a list"}), "1");
  EXPECT_FALSE(user.get("a"));
  EXPECT_FALSE(user.get("b"));
  user.set("c", "1");
  EXPECT_EQ(user.text("c"), "1") << "it goes on";
}

TEST(redis_tier, wants_the_password) {
  redis_server server({"--requirepass", "s3cret"});
  {
    tier_user user(server.url());
    user.wait_until(false);
    EXPECT_NE(user.why().find("NOAUTH"), std::string::npos) << user.why();
    EXPECT_FALSE(user.get("a"));
  }
  {
    tier_user user("unix://:wrong@" + server.socket());
    user.wait_until(false);
    EXPECT_EQ(user.why().find("wrong@"), std::string::npos);
  }
  tier_user user("unix://:s3cret@" + server.socket() + "?db=3");
  user.wait_until(true);
  user.set("a", "1");
  EXPECT_EQ(user.text("a"), "1");
  EXPECT_EQ(server.ask({"DBSIZE"}), "0") << "it is in database 3";
}

TEST(redis_tier, speaks_tcp) {
  const auto port = std::to_string(free_port());
  redis_server server({"--port", port, "--bind", "127.0.0.1"});
  tier_user user("redis://127.0.0.1:" + port + "/1");
  user.wait_until(true);
  user.set("a", "1");
  EXPECT_EQ(user.text("a"), "1");
}

TEST(redis_tier, does_without_a_server_that_is_not_there) {
  tier_user user("unix:///nowhere/at/all");
  user.wait_until(false);
  EXPECT_FALSE(user.get("a"));
  user.set("a", "1");
  EXPECT_GE(user.tier().figures().skipped, 1U);
}

TEST(redis_tier, comes_back_after_the_server_was_killed_under_load) {
  redis_server server;
  tier_user user(server.url());
  user.wait_until(true);
  std::atomic<bool> is_over{false};
  std::vector<std::thread> all;
  for (int t = 0; t < 3; ++t)
    all.emplace_back([&, t] {
      for (int i = 0; !is_over; ++i) {
        const std::string key = std::to_string(t) + "/" + std::to_string(i % 50);
        user.set(key, key);
        const auto found = user.get(key);
        if (found) {
          EXPECT_EQ(*found->value, key);
        }
      }
    });
  for (int round = 0; round < 5; ++round) {
    const auto hits = user.tier().figures().hits;
    while (user.tier().figures().hits < hits + 200) std::this_thread::yield();
    server.kill();
    user.wait_until(false);
    server.start();
    user.wait_until(true);
  }
  is_over = true;
  for (auto& t : all) t.join();
  EXPECT_EQ(user.tier().figures().connects, 6U);
}

TEST(redis_tier, waits_once_for_a_server_that_hangs_and_then_skips_it) {
  redis_server server;
  auto o = tier_user::quick();
  o.queue.timeout = milliseconds(100);
  o.connect_timeout = milliseconds(100);
  tier_user user(server.url(), o);
  user.wait_until(true);
  server.suspend();
  const auto began = now();
  EXPECT_FALSE(user.get("a"));
  EXPECT_GE(now() - began, milliseconds(70)) << "it was waited for";
  user.wait_until(false);
  // Retries must not block other requests.
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(user.get("a"));
  const auto f = user.tier().figures();
  EXPECT_EQ(f.failed, 1U);
  EXPECT_EQ(f.skipped, 1'000U);
  EXPECT_NE(user.why().find("in time"), std::string::npos) << user.why();
  server.resume();
  user.wait_until(true);
  user.set("a", "1");
  EXPECT_EQ(user.text("a"), "1");
}

TEST(redis_tier, is_shared_by_two_who_name_one_prefix) {
  redis_server server;
  tier_user one(server.url());
  tier_user two(server.url());
  auto o = tier_user::quick();
  o.queue.prefix = "another";
  tier_user three(server.url(), o);
  one.wait_until(true);
  two.wait_until(true);
  three.wait_until(true);
  one.set("a", "1");
  ASSERT_EQ(one.text("a"), "1");
  EXPECT_EQ(two.text("a"), "1");
  EXPECT_FALSE(three.get("a"));
}

}  // namespace
}  // namespace bank::storage::tests
