// TestSimultaneousRequests, TestWaitSimple, TestWaitCancel, TestWaitTimeout, TestWaitInf.

#include <gtest/gtest.h>

#include "guards/guard_fixture.hpp"
#include "lifeline/guards/rate_limiter.hpp"

namespace lifeline::guards::testing {
namespace {

constexpr duration tenth = milliseconds(100);

class a_wait : public guard_fixture {
 protected:
  void TearDown() override {
    life.cancel();
    run();
    guard_fixture::TearDown();
  }
  void begin(const token_rate& rate, std::int64_t burst) {
    rate_limits_options options;
    options.each = {rate, burst};
    limiter = spawn_rate_limiter(system, life.ctx(), options, &losses);
    run();
  }
  void wait(const context& ctx, std::int64_t n) {
    ask(ctx, limiter, acquire_tokens{.caller = "c", .tokens = n, .longest_wait = hours(1)}, out);
  }
  std::size_t admitted() const {
    return static_cast<std::size_t>(
        std::count_if(out.answers.begin(), out.answers.end(), [](auto& a) { return a.admitted; }));
  }

  cancel_scope life = with_cancel(root);
  caf::actor limiter;
  heard<tokens_answered> out;
};

TEST_F(a_wait, gives_simultaneous_requests_no_more_than_the_burst) {
  begin(token_rate::per_second(1), 5);
  for (int i = 0; i < 15; ++i) ask(root, limiter, acquire_tokens{.caller = "c"}, out);
  EXPECT_EQ(out.answers.size(), 15U);
  EXPECT_EQ(admitted(), 5U);
}

TEST_F(a_wait, fails_at_once_for_a_request_cancelled_before) {
  begin(token_rate::per_second(10), 3);
  auto gone = with_cancel(root);
  gone.cancel();
  wait(gone.ctx(), 1);
  EXPECT_EQ(out.errors, std::vector{errc::canceled});
}

TEST_F(a_wait, for_more_than_the_burst_fails_at_once) {
  begin(token_rate::per_second(10), 3);
  wait(root, 4);
  ASSERT_EQ(out.answers.size(), 1U);
  EXPECT_EQ(admitted(), 0U);
}

TEST_F(a_wait, ends_as_soon_as_the_tokens_are_there) {
  begin(token_rate::per_second(10), 3);
  wait(root, 2);
  EXPECT_EQ(admitted(), 1U);
  wait(root, 3);
  advance(2 * tenth - nanoseconds(1));
  EXPECT_EQ(admitted(), 1U);
  advance(nanoseconds(1));
  EXPECT_EQ(admitted(), 2U);
}

TEST_F(a_wait, that_is_cancelled_gives_its_tokens_back) {
  begin(token_rate::per_second(10), 3);
  wait(root, 2);
  auto scope = with_cancel(root);
  wait(scope.ctx(), 3);
  advance(tenth);
  scope.cancel();
  run();
  EXPECT_EQ(out.errors, std::vector{errc::canceled});
  wait(root, 2);
  EXPECT_EQ(admitted(), 2U) << "at once";
}

TEST_F(a_wait, that_would_outlast_its_deadline_fails_at_once) {
  begin(token_rate::per_second(10), 3);
  const auto scope = with_timeout(root, tenth);
  wait(scope.ctx(), 2);
  wait(scope.ctx(), 3);
  EXPECT_EQ(admitted(), 1U);
  EXPECT_EQ(out.errors, std::vector{errc::deadline_exceeded});
}

TEST_F(a_wait, without_limit_is_none) {
  begin(token_rate::infinite(), 0);
  wait(root, 3);
  EXPECT_EQ(admitted(), 1U);
}

}  // namespace
}  // namespace lifeline::guards::testing
