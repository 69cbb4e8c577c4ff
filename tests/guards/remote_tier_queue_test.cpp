#include "lifeline/guards/remote_tier_queue.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "random_seed.hpp"

namespace lifeline::guards {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using verb = tier_command::verb;

cached_bytes bytes(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

class a_remote_tier_queue : public ::testing::Test {
 protected:
  void get(const std::string& key, bool usable = true) {
    tier_completions completions;
    queue.get(background(), key, told(), now, usable, completions);
    completions.run();
  }
  tier_landing told() {
    return tier_landing([this](const auto& o) { found.push_back(o ? *o : std::nullopt); });
  }
  std::vector<remote_tier_queue::job> take() {
    tier_completions completions;
    auto jobs = queue.take(now, completions);
    completions.run();
    return jobs;
  }
  void end(std::vector<remote_tier_queue::job> jobs, std::vector<tier_reply> replies) {
    tier_completions completions;
    queue.ended(std::move(jobs), replies, completions);
    completions.run();
  }
  void fail(std::vector<remote_tier_queue::job> jobs) {
    tier_completions completions;
    queue.failed(std::move(jobs), completions);
    completions.run();
  }

  time_point now{seconds(100)};
  std::vector<std::optional<tier_finding>> found;
  remote_tier_queue queue{{.prefix = "p", .most_waiting = 4, .most_value_bytes = 10}};
};

TEST(tier_value, comes_back_as_it_was) {
  const std::string with_zeros("a\0b\0", 4);
  for (const auto& value : {bytes(with_zeros), bytes(""), cached_bytes{}}) {
    const auto packed = pack_tier_value(value, seconds(10));
    const auto back = unpack_tier_value(packed, seconds(4));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->value == nullptr, value == nullptr);
    if (value) {
      EXPECT_EQ(*back->value, *value);
    }
    EXPECT_EQ(back->age, seconds(6));
    EXPECT_EQ(back->left, seconds(4));
  }
}

TEST(tier_value, is_none_if_foreign_or_damaged) {
  const auto good = pack_tier_value(bytes("abc"), seconds(10));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(unpack_tier_value(good.substr(0, size), seconds(1))) << size;
  EXPECT_FALSE(unpack_tier_value(good + "x", seconds(1)));
  EXPECT_FALSE(unpack_tier_value("2" + good.substr(1), seconds(1)));
  EXPECT_FALSE(unpack_tier_value(good, seconds(0)));
  EXPECT_FALSE(unpack_tier_value(good, seconds(11))) << "it would live longer than it was given";
}

TEST_F(a_remote_tier_queue, names_keys_by_prefix_and_format) {
  get("k");
  const auto jobs = take();
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0].command.key, "p:2:k");
}

TEST_F(a_remote_tier_queue, misses_at_once_while_the_server_is_unusable) {
  get("k", false);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0]);
  EXPECT_EQ(queue.figures().skipped, 1U);
}

TEST_F(a_remote_tier_queue, is_bounded) {
  for (int i = 0; i < 6; ++i) get("k");
  EXPECT_EQ(found.size(), 2U);
  queue.set("k", bytes("1"), seconds(1), true);
  EXPECT_EQ(queue.figures().lost_sets, 1U);
}

TEST_F(a_remote_tier_queue, takes_no_value_that_is_too_large) {
  queue.set("k", bytes("12345678901"), seconds(1), true);
  EXPECT_TRUE(queue.empty());
  queue.set("k", bytes("1234567890"), seconds(1), true);
  EXPECT_FALSE(queue.empty());
}

TEST_F(a_remote_tier_queue, completes_gets_within_the_time_limit) {
  get("old");
  now += milliseconds(80);
  get("new");
  const auto jobs = take();
  ASSERT_EQ(jobs.size(), 1U) << "too little time was left for the first";
  EXPECT_EQ(found.size(), 1U);
  EXPECT_EQ(queue.limit_of(jobs, now), now + milliseconds(100));
}

TEST_F(a_remote_tier_queue, completes_all_commands_when_it_gives_up) {
  get("k");
  queue.set("k", bytes("1"), seconds(1), true);
  tier_completions completions;
  queue.give_up(completions);
  completions.run();
  EXPECT_EQ(found.size(), 1U);
  EXPECT_EQ(queue.figures().lost_sets, 1U);
}

/// A naive model of the server: a map. Batches may be answered, or lost before or after some
/// commands were executed; lost commands may still be executed at any later time.
struct naive_server {
  std::map<std::string, std::string> values;
  std::vector<tier_command> late;

  tier_reply apply(const tier_command& c) {
    if (c.what == verb::set) values[c.key] = c.value;
    const auto at = values.find(c.key);
    if (c.what != verb::get || at == values.end()) return {};
    return {false, at->second, seconds(10)};
  }
};

/// Each key has one value: no loss, refusal or late command lets a request find another one.
TEST(remote_tier_queue, finds_only_what_was_set_and_answers_each_request_once) {
  std::mt19937_64 random(lifeline::testing::random_seed());
  int hits = 0;
  int asked = 0;
  int answered = 0;
  for (int history = 0; history < 300; ++history) {
    naive_server server;
    time_point now{seconds(1)};
    remote_tier_queue queue({.most_waiting = 12, .most_together = 5});
    for (int step = 0; step < 400; ++step) {
      const std::string key = "k" + std::to_string(random() % 9);
      const bool usable = random() % 10 != 0;
      tier_completions completions;
      switch (random() % 8) {
        case 0:
        case 1:
        case 2: queue.set(key, bytes("value of " + key), seconds(10), usable); break;
        case 3:
          if (!server.late.empty()) {
            const auto at = random() % server.late.size();
            server.apply(server.late[at]);
            server.late.erase(server.late.begin() + static_cast<std::ptrdiff_t>(at));
          }
          break;
        case 4:
        case 5:
          ++asked;
          queue.get(background(), key, tier_landing([&hits, &answered, key](const auto& o) {
                      ++answered;
                      if (!o || !*o) return;
                      ++hits;
                      EXPECT_EQ(*(*o)->value, "value of " + key);
                    }),
                    now, usable, completions);
          break;
        default: {
          auto jobs = queue.take(now, completions);
          if (jobs.empty()) break;
          if (random() % 4 == 0) {
            for (const auto& j : jobs)
              random() % 2 == 0 ? void(server.apply(j.command)) : server.late.push_back(j.command);
            queue.failed(std::move(jobs), completions);
            if (random() % 2 == 0) queue.give_up(completions);
            break;
          }
          std::vector<tier_reply> replies;
          for (const auto& j : jobs) {
            const bool refused = random() % 10 == 0;
            replies.push_back(refused ? tier_reply{true} : server.apply(j.command));
          }
          queue.ended(std::move(jobs), replies, completions);
        }
      }
      completions.run();
      ASSERT_FALSE(::testing::Test::HasFailure()) << "history " << history << ", step " << step;
    }
    tier_completions completions;
    queue.give_up(completions);
    completions.run();
  }
  EXPECT_GT(hits, 1'000) << "too few hits for this test";
  EXPECT_EQ(answered, asked);
}

}  // namespace
}  // namespace lifeline::guards
