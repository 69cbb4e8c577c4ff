#include "lifeline/context/stop_token.hpp"

#include <gtest/gtest.h>

#include "lifeline/time/manual_clock.hpp"

namespace lifeline {
namespace {

TEST(stop_token_of, a_context_requests_stop_before_cancel_returns) {
  auto scope = with_cancel(background());
  const std::stop_token token = stop_token_of(scope.ctx());
  int called = 0;
  const std::stop_callback callback(token, [&] { ++called; });
  EXPECT_TRUE(token.stop_possible());
  EXPECT_FALSE(token.stop_requested());
  scope.cancel();
  EXPECT_TRUE(token.stop_requested());
  EXPECT_EQ(called, 1);
}

TEST(stop_token_of, a_context_requests_stop_at_its_deadline) {
  manual_clock time;
  const auto scope = with_timeout(background(time), std::chrono::seconds(1));
  const std::stop_token token = stop_token_of(scope.ctx());
  time.advance(std::chrono::seconds(1));
  EXPECT_TRUE(token.stop_requested());
}

TEST(stop_token_of, a_done_context_is_stopped_already) {
  auto scope = with_cancel(background());
  scope.cancel();
  EXPECT_TRUE(stop_token_of(scope.ctx()).stop_requested());
}

TEST(stop_token_of, a_root_can_not_be_stopped) {
  EXPECT_FALSE(stop_token_of(background()).stop_possible());
}

}  // namespace
}  // namespace lifeline
