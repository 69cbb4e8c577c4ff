#include "lifeline/guards/remote_tier.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <thread>

namespace lifeline::guards {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using verb = tier_command::verb;

cached_bytes bytes(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

/// A server in this process, with faults chosen by the test.
struct near_server {
  std::mutex mutex;
  std::map<std::string, std::string> values;
  std::atomic<bool> is_down{false};
  std::atomic<bool> throws{false};
  std::atomic<int> opened{0};
  std::atomic<int> runs{0};
};

class near_link final : public tier_link {
 public:
  explicit near_link(std::shared_ptr<near_server> s) : server_(std::move(s)) {}
  tier_fault open(time_point) override {
    ++server_->opened;
    if (server_->throws) throw 42;
    return server_->is_down ? tier_fault("is down") : std::nullopt;
  }
  tier_fault run(std::span<const tier_command> commands, std::vector<tier_reply>& replies,
                 time_point) override {
    ++server_->runs;
    if (server_->throws) throw 42;
    if (server_->is_down) return "went away";
    const std::lock_guard lock(server_->mutex);
    for (std::size_t i = 0; i < commands.size(); ++i) {
      const auto& c = commands[i];
      if (c.what == verb::set) server_->values[c.key] = c.value;
      const auto at = server_->values.find(c.key);
      if (c.what == verb::get && at != server_->values.end())
        replies[i] = {false, at->second, seconds(1)};
    }
    return std::nullopt;
  }
  void close() noexcept override {}

 private:
  std::shared_ptr<near_server> server_;
};

class a_remote_tier : public ::testing::Test {
 protected:
  remote_tier_options options() {
    remote_tier_options o;
    o.queue.timeout = seconds(30);  // no test waits for it
    o.breaker.open_for = milliseconds(1);
    o.retry_first = milliseconds(1);
    o.retry_most = milliseconds(2);
    o.on_change = [this](bool usable, const std::string&) {
      const std::lock_guard lock(mutex_);
      usable_ = usable;
      ++changes_;
      changed_.notify_all();
    };
    return o;
  }
  std::optional<tier_finding> get(cache_tier& tier, const std::string& key) {
    std::promise<std::optional<tier_finding>> said;
    tier.get(background(), key,
             tier_landing([&](const auto& o) { said.set_value(o ? *o : std::nullopt); }));
    return said.get_future().get();
  }
  void wait_until_usable(bool usable) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return usable_ == usable && changes_ > 0; });
  }
  void forget_changes() {
    const std::lock_guard lock(mutex_);
    changes_ = 0;
  }

  std::shared_ptr<near_server> server_ = std::make_shared<near_server>();
  std::mutex mutex_;
  std::condition_variable changed_;
  bool usable_ = false;
  int changes_ = 0;
  cancel_scope life_ = with_cancel(background());
};

TEST_F(a_remote_tier, keeps_and_finds) {
  remote_tier tier(life_.ctx(), std::make_unique<near_link>(server_), options());
  wait_until_usable(true);
  EXPECT_FALSE(get(tier, "a"));
  tier.set("a", bytes("1"), seconds(2));
  const auto found = get(tier, "a");
  ASSERT_TRUE(found);
  EXPECT_EQ(*found->value, "1");
  EXPECT_EQ(found->left, seconds(1));
  const auto f = tier.figures();
  EXPECT_EQ(f.hits, 1U);
  EXPECT_EQ(f.misses, 1U);
  EXPECT_EQ(f.sets, 1U);
}

TEST_F(a_remote_tier, costs_one_failure_and_then_nothing_until_it_is_back) {
  auto o = options();
  o.breaker.open_for = o.retry_first = o.retry_most = seconds(3'600);
  remote_tier tier(life_.ctx(), std::make_unique<near_link>(server_), o);
  wait_until_usable(true);
  server_->is_down = true;
  EXPECT_FALSE(get(tier, "a"));
  wait_until_usable(false);
  EXPECT_EQ(tier.breaker().state(), circuit::open);
  const int runs = server_->runs;
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(get(tier, "a"));
  EXPECT_EQ(server_->runs, runs);
  EXPECT_EQ(tier.figures().skipped, 10U);
}

TEST_F(a_remote_tier, tries_the_server_itself_and_comes_back) {
  server_->is_down = true;
  remote_tier tier(life_.ctx(), std::make_unique<near_link>(server_), options());
  wait_until_usable(false);
  while (server_->opened < 4) std::this_thread::yield();
  server_->is_down = false;
  wait_until_usable(true);
  EXPECT_EQ(server_->runs, 0) << "no request was spent on finding out";
  tier.set("a", bytes("1"), seconds(2));
  EXPECT_TRUE(get(tier, "a"));
}

TEST_F(a_remote_tier, is_shared_by_those_of_one_prefix_alone) {
  auto o = options();
  remote_tier one(life_.ctx(), std::make_unique<near_link>(server_), o);
  wait_until_usable(true);
  one.set("a", bytes("1"), seconds(2));
  ASSERT_TRUE(get(one, "a"));
  forget_changes();
  remote_tier same(life_.ctx(), std::make_unique<near_link>(server_), o);
  wait_until_usable(true);
  EXPECT_TRUE(get(same, "a"));
  forget_changes();
  o.queue.prefix = "other";
  remote_tier other(life_.ctx(), std::make_unique<near_link>(server_), o);
  wait_until_usable(true);
  EXPECT_FALSE(get(other, "a"));
}

TEST_F(a_remote_tier, ends_with_its_context) {
  remote_tier tier(life_.ctx(), std::make_unique<near_link>(server_), options());
  wait_until_usable(true);
  tier.set("a", bytes("1"), seconds(2));
  ASSERT_TRUE(get(tier, "a"));
  life_.cancel();
  while (get(tier, "a")) std::this_thread::yield();
}

TEST_F(a_remote_tier, may_be_dropped_by_its_own_thread) {
  auto tier =
      std::make_shared<remote_tier>(life_.ctx(), std::make_unique<near_link>(server_), options());
  wait_until_usable(true);
  std::promise<void> dropped;
  auto& it = *tier;
  it.get(background(), "a", tier_landing([held = std::move(tier), &dropped](const auto&) mutable {
           held.reset();
           dropped.set_value();
         }));
  dropped.get_future().get();
}

TEST_F(a_remote_tier, treats_an_exception_of_its_link_as_a_fault) {
  remote_tier tier(life_.ctx(), std::make_unique<near_link>(server_), options());
  wait_until_usable(true);
  forget_changes();
  server_->throws = true;
  EXPECT_FALSE(get(tier, "a"));
  wait_until_usable(false);
  const int tried = server_->opened;
  while (server_->opened == tried) std::this_thread::yield();
  forget_changes();
  server_->throws = false;
  wait_until_usable(true);
  tier.set("a", bytes("1"), seconds(2));
  EXPECT_TRUE(get(tier, "a"));
}

TEST_F(a_remote_tier, leaves_nothing_registered_at_a_context_that_goes_on) {
  for (int i = 0; i < 10; ++i)
    remote_tier(life_.ctx(), std::make_unique<near_link>(server_), options());
  EXPECT_FALSE(life_.ctx().node().has_dependents());
}

}  // namespace
}  // namespace lifeline::guards
