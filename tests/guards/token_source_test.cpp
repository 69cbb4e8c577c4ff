#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "guards/guard_fixture.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/guards/rate_limiter.hpp"
#include "lifeline/time/manual_clock.hpp"
#include "lifeline/work/ask_and_wait.hpp"

namespace lifeline::guards {
namespace {

using namespace testing;

class a_token_source : public guard_fixture {
 protected:
  caf::actor limiter(std::int64_t per_second, std::int64_t burst,
                     std::optional<rate_limit> all = std::nullopt) {
    rate_limits_options options;
    options.each = {token_rate::per_second(per_second), burst};
    options.all = all;
    const auto made = spawn_rate_limiter(system, life.ctx(), options, &losses, nullptr, tokens);
    run();
    return made;
  }
  std::optional<tokens_answered> take(duration longest = duration::zero()) {
    return tokens.take(root, "alice", 1, longest);
  }
  void acquire(const caf::actor& who, duration longest = hours(1)) {
    ask(root, who, acquire_tokens{.caller = "alice", .longest_wait = longest}, out);
  }
  void TearDown() override {
    life.cancel();
    run();
    guard_fixture::TearDown();
  }

  cancel_scope life = with_cancel(root);
  const token_source tokens;
  heard<tokens_answered> out;
};

TEST_F(a_token_source, answers_as_the_limiter_does_and_takes_from_the_same_bucket) {
  const auto who = limiter(10, 3);
  const auto first = take();
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->admitted);
  EXPECT_EQ(first->burst, 3);
  EXPECT_EQ(first->remaining, 2);
  EXPECT_EQ(first->full_after, milliseconds(100));
  acquire(who);
  ASSERT_EQ(out.answers.size(), 1U);
  EXPECT_EQ(out.answers[0].remaining, 1);
  EXPECT_EQ(take()->remaining, 0);
}

TEST_F(a_token_source, refuses_at_once_a_request_that_would_not_wait_so_long) {
  const auto who = limiter(10, 1);
  take();
  const auto refused = take(milliseconds(99));
  ASSERT_TRUE(refused);
  EXPECT_FALSE(refused->admitted);
  EXPECT_EQ(refused->retry_after, milliseconds(100));
}

TEST_F(a_token_source, takes_nothing_for_a_request_that_has_to_wait) {
  const auto who = limiter(10, 1, rate_limit{token_rate::per_second(1), 2});
  take();
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(take(hours(1)));
  acquire(who);
  advance(milliseconds(100));
  ASSERT_EQ(out.answers.size(), 1U) << "its wait began with the ask, as if it had been the first";
  EXPECT_TRUE(out.answers[0].admitted) << "all callers' second token was still there";
  EXPECT_TRUE(take()->limit_of_all);
}

TEST_F(a_token_source, never_overtakes_waiting_requests) {
  const auto who = limiter(10, 1);
  take();
  acquire(who);
  acquire(who);
  advance(milliseconds(100));
  EXPECT_EQ(out.answers.size(), 1U);
  EXPECT_FALSE(take(hours(1))) << "the next token is the second waiter's";
  EXPECT_FALSE(take()->admitted);
  advance(milliseconds(100));
  EXPECT_EQ(out.answers.size(), 2U);
  EXPECT_FALSE(take()->admitted) << "it has taken the token that came";
  advance(milliseconds(100));
  EXPECT_TRUE(take()->admitted);
}

TEST_F(a_token_source, goes_by_changed_limits_at_once) {
  const auto who = limiter(10, 1);
  take();
  EXPECT_FALSE(take()->admitted);
  heard<limits_changed> changed;
  ask(root, who, change_limits{}, changed);
  ASSERT_EQ(changed.answers.size(), 1U);
  EXPECT_TRUE(take()->admitted);
}

TEST_F(a_token_source, gives_nothing_for_a_context_that_is_done) {
  const auto who = limiter(10, 1);
  auto gone = with_cancel(root);
  gone.cancel();
  EXPECT_FALSE(tokens.take(gone.ctx(), "alice"));
  EXPECT_TRUE(take()->admitted);
}

TEST_F(a_token_source, is_empty_without_its_limiter_and_begins_anew_with_the_next) {
  EXPECT_FALSE(take());
  const auto first = limiter(10, 1);
  EXPECT_TRUE(take()->admitted);
  EXPECT_FALSE(take()->admitted);
  end(first);
  EXPECT_FALSE(take());
  const auto second = limiter(10, 1);
  EXPECT_TRUE(take()->admitted) << "a limiter begins with full buckets";
}

TEST_F(a_token_source, stays_the_successors_when_an_abandoned_limiter_goes_late) {
  const auto first = limiter(10, 1);
  const auto second = limiter(10, 1);
  end(first);
  EXPECT_TRUE(take()->admitted);
}

/// Time stands still: the number of tokens is fixed, whoever takes them, and by whichever way.
TEST(token_sources_among_threads, give_each_token_once) {
  constexpr std::int64_t burst = 400'000;
  constexpr int takers = 4;
  manual_clock time;
  runtime rt({.workers = 2}, time);
  auto life = with_cancel(rt.background());
  rate_limits_options options;
  options.each = {token_rate::per_second(1), burst};
  const token_source tokens;
  const auto limiter =
      spawn_rate_limiter(rt.system(), life.ctx(), options, nullptr, nullptr, tokens);
  std::atomic<std::int64_t> admitted{0};
  std::atomic<bool> over{false};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < takers; ++t)
      threads.emplace_back([&, t] {
        const context ctx = rt.background();
        for (bool more = true; more;) {
          const auto got = t == 0 ? std::optional(*ask_and_wait<tokens_answered>(
                                        rt.system(), ctx, limiter, acquire_tokens{"alice"}))
                                  : tokens.take(ctx, "alice");
          // Empty before the limiter has started.
          if (got && got->admitted) ++admitted;
          more = !got || got->admitted;
        }
      });
    // Meanwhile the limits change back and forth.
    threads.emplace_back([&] {
      while (!over)
        for (const std::int64_t all : {burst, 2 * burst})
          *ask_and_wait<limits_changed>(rt.system(), rt.background(), limiter,
                                        change_limits{.tokens = 1, .burst = all, .of_all = true});
    });
    for (int t = 0; t < takers; ++t) threads[static_cast<std::size_t>(t)].join();
    over = true;
  }
  EXPECT_EQ(admitted, burst);
}

}  // namespace
}  // namespace lifeline::guards
