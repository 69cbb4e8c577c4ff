#include "lifeline/guards/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "guards/guard_fixture.hpp"
#include "lifeline/observe/actor_meter.hpp"

namespace lifeline::guards {
namespace {

using namespace testing;

class a_rate_limiter : public guard_fixture {
 protected:
  caf::actor limiter(std::int64_t per_second, std::int64_t burst) {
    rate_limits_options options;
    options.each = {token_rate::per_second(per_second), burst};
    const auto made = spawn_rate_limiter(system, life.ctx(), options, &losses);
    run();
    return made;
  }
  void acquire(const context& ctx, const caf::actor& who, duration longest = hours(1),
               std::int64_t n = 1) {
    ask(ctx, who, acquire_tokens{.caller = "alice", .tokens = n, .longest_wait = longest}, out);
  }
  void TearDown() override {
    life.cancel();
    run();
    guard_fixture::TearDown();
  }

  cancel_scope life = with_cancel(root);
  heard<tokens_answered> out;
  heard<limits_changed> changed;
};

TEST_F(a_rate_limiter, admits_and_tells_what_is_left) {
  const auto who = limiter(10, 10);
  acquire(root, who);
  ASSERT_EQ(out.answers.size(), 1U);
  EXPECT_TRUE(out.answers[0].admitted);
  EXPECT_EQ(out.answers[0].burst, 10);
  EXPECT_EQ(out.answers[0].remaining, 9);
  EXPECT_EQ(out.answers[0].full_after, milliseconds(100));
}

TEST_F(a_rate_limiter, refuses_with_the_exact_time_to_retry) {
  const auto who = limiter(10, 1);
  acquire(root, who);
  acquire(root, who, duration::zero());
  ASSERT_EQ(out.answers.size(), 2U);
  EXPECT_FALSE(out.answers[1].admitted);
  EXPECT_EQ(out.answers[1].retry_after, milliseconds(100));
}

TEST_F(a_rate_limiter, answers_waiting_requests_when_their_tokens_are_there) {
  const auto who = limiter(10, 1);
  acquire(root, who);
  acquire(root, who);
  acquire(root, who);
  EXPECT_EQ(time.armed(), 1U) << "one timer, however many wait";
  advance(milliseconds(100) - nanoseconds(1));
  EXPECT_EQ(out.answers.size(), 1U);
  advance(nanoseconds(1));
  EXPECT_EQ(out.answers.size(), 2U);
  advance(milliseconds(100));
  EXPECT_EQ(out.answers.size(), 3U);
  EXPECT_TRUE(out.answers[2].admitted);
}

TEST_F(a_rate_limiter, lets_the_others_move_up_when_a_waiter_leaves) {
  const auto who = limiter(10, 1);
  auto leaving = with_cancel(root);
  acquire(root, who);
  acquire(leaving.ctx(), who);
  acquire(root, who);
  leaving.cancel();
  run();
  EXPECT_EQ(out.errors, std::vector{errc::canceled});
  advance(milliseconds(100));
  EXPECT_EQ(out.answers.size(), 2U);
}

TEST_F(a_rate_limiter, fails_a_wait_at_once_that_its_deadline_would_cut_off) {
  const auto who = limiter(10, 1);
  const auto brief = with_timeout(root, milliseconds(99));
  const auto just = with_timeout(root, milliseconds(101));
  acquire(root, who);
  acquire(brief.ctx(), who);
  EXPECT_EQ(out.errors, std::vector{errc::deadline_exceeded});
  acquire(just.ctx(), who);
  advance(milliseconds(100));
  EXPECT_EQ(out.answers.size(), 2U) << "the other took no token along";
}

TEST_F(a_rate_limiter, ends_a_wait_with_its_deadline_when_the_rate_falls_meanwhile) {
  const auto who = limiter(10, 1);
  const auto scope = with_timeout(root, milliseconds(150));
  acquire(root, who);
  acquire(scope.ctx(), who);
  ask(root, who, change_limits{.tokens = 1, .burst = 1}, changed);
  advance(milliseconds(150));
  EXPECT_EQ(out.errors, std::vector{errc::deadline_exceeded});
}

TEST_F(a_rate_limiter, takes_other_limits_while_it_runs) {
  const auto who = limiter(1, 1);
  acquire(root, who);
  acquire(root, who);
  ask(root, who, change_limits{.tokens = 100, .burst = 1}, changed);
  ASSERT_EQ(changed.answers.size(), 1U);
  EXPECT_EQ(changed.answers[0].waiting, 1);
  advance(milliseconds(10));
  EXPECT_EQ(out.answers.size(), 2U);
  acquire(root, who);
  ask(root, who, change_limits{.tokens = {}}, changed);
  EXPECT_EQ(out.answers.size(), 3U) << "without limit";
}

TEST_F(a_rate_limiter, keeps_its_limits_when_given_invalid_ones) {
  const auto who = limiter(1, 1);
  ask(root, who, change_limits{.tokens = -1}, changed);
  EXPECT_EQ(changed.errors, std::vector{errc::broken_promise});
  acquire(root, who);
  EXPECT_EQ(out.answers.size(), 1U);
}

TEST_F(a_rate_limiter, can_limit_all_callers_together) {
  const auto who = limiter(100, 100);
  ask(root, who, change_limits{.tokens = 1, .burst = 2, .of_all = true}, changed);
  for (int i = 0; i < 3; ++i) acquire(root, who);
  ASSERT_EQ(out.answers.size(), 3U) << "the limit of all lets nobody wait";
  EXPECT_FALSE(out.answers[2].admitted);
  EXPECT_TRUE(out.answers[2].limit_of_all);
  EXPECT_EQ(out.answers[2].retry_after, seconds(1));
}

TEST_F(a_rate_limiter, takes_no_token_for_a_request_that_ended_before_its_turn) {
  const auto who = limiter(1, 1);
  auto gone = with_cancel(root);
  gone.cancel();
  acquire(gone.ctx(), who);
  acquire(root, who, duration::zero());
  EXPECT_EQ(out.errors, std::vector{errc::canceled});
  ASSERT_EQ(out.answers.size(), 1U);
  EXPECT_TRUE(out.answers[0].admitted);
}

TEST_F(a_rate_limiter, that_ends_breaks_its_promises) {
  const auto who = limiter(1, 1);
  acquire(root, who);
  acquire(root, who);
  life.cancel();
  run();
  EXPECT_EQ(out.errors, std::vector{errc::broken_promise});
}

#if !LIFELINE_CAF_1

TEST_F(a_rate_limiter, is_metered_if_given_a_meter) {
  metrics all;
  actor_meter meter{all, "rate_limiter", time};
  rate_limits_options options;
  options.each = {token_rate::per_second(1), 1};
  const auto made = spawn_rate_limiter(system, life.ctx(), options, &losses, &meter);
  run();
  for (int i = 0; i < 3; ++i) acquire(root, made, duration::zero());
  EXPECT_EQ(meter.messages.value(), 3U);
  end(made);
}

#endif

TEST_F(a_rate_limiter, of_impossible_limits_is_not_spawned) {
  rate_limits_options options;
  options.each.burst = -1;
  EXPECT_THROW(spawn_rate_limiter(system, life.ctx(), options), std::invalid_argument);
}

}  // namespace
}  // namespace lifeline::guards
