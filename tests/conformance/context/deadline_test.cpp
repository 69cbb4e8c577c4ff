// TestDeadline, TestTimeout, TestCanceledTimeout, TestDeadlineExceededSupportsTimeout.

#include <thread>

#include "conformance/context/manual_time.hpp"
#include "lifeline/context/watch.hpp"

namespace lifeline {
namespace {

using namespace testing;
using a_deadline = manual_time;

TEST_F(a_deadline, ends_its_context_when_it_has_come_and_not_before) {
  const time_point due = time.now() + milliseconds(50);
  const auto by_time = with_deadline(root, due);
  const auto by_duration = with_timeout(root, milliseconds(50));
  for (const context& ctx : {by_time.ctx(), by_duration.ctx()}) EXPECT_EQ(ctx.deadline(), due);
  time.advance(milliseconds(50) - duration(1));
  for (const context& ctx : {by_time.ctx(), by_duration.ctx()}) expect_alive(ctx);
  time.advance(duration(1));
  for (const context& ctx : {by_time.ctx(), by_duration.ctx()})
    expect_done(ctx, errc::deadline_exceeded);
}

TEST_F(a_deadline, that_is_now_or_past_ends_its_context_at_birth) {
  for (const seconds left : {seconds(0), seconds(-1), seconds(-1'000'000)}) {
    const auto by_time = with_deadline(root, time.now() + left);
    const auto by_duration = with_timeout(root, left);
    expect_done(by_time.ctx(), errc::deadline_exceeded);
    expect_done(by_duration.ctx(), errc::deadline_exceeded);
  }
  EXPECT_EQ(time.armed(), 0U);
}

TEST_F(a_deadline, of_a_parent_holds_for_a_child_that_asks_for_more) {
  const auto parent = with_timeout(root, milliseconds(50));
  const auto child = with_timeout(parent.ctx(), seconds(3'600));
  EXPECT_EQ(child.ctx().deadline(), parent.ctx().deadline());
  EXPECT_EQ(time.armed(), 1U) << "the child needs no timer of its own";
  time.advance(milliseconds(50));
  expect_done(child.ctx(), errc::deadline_exceeded);
}

TEST_F(a_deadline, of_a_child_does_not_end_its_parent) {
  const auto parent = with_timeout(root, seconds(3'600));
  const auto child = with_timeout(parent.ctx(), milliseconds(50));
  time.advance(milliseconds(50));
  expect_done(child.ctx(), errc::deadline_exceeded);
  expect_alive(parent.ctx());
}

TEST_F(a_deadline, does_not_come_once_its_context_was_cancelled) {
  const auto outer = with_timeout(root, seconds(1));
  auto scope = with_timeout(outer.ctx(), seconds(3'600));
  scope.cancel();
  expect_done(scope.ctx(), errc::canceled);
  time.advance(seconds(3'600));
  expect_done(scope.ctx(), errc::canceled);
  expect_done(outer.ctx(), errc::deadline_exceeded);
}

TEST(a_deadline_of_the_machines_clock, ends_its_context_and_wakes_waiting_threads) {
  const auto scope = with_timeout(background(), milliseconds(2));
  wait(scope.ctx());
  expect_done(scope.ctx(), errc::deadline_exceeded);
  EXPECT_EQ(scope.ctx().remaining(), duration::zero());
  EXPECT_GE(process_clock().now(), *scope.ctx().deadline());
}

TEST(an_exceeded_deadline, can_be_told_from_a_cancellation_by_its_code) {
  const auto late = with_timeout(background(), milliseconds(0));
  auto left = with_cancel(background());
  left.cancel();
  EXPECT_EQ(late.ctx().cause().code(), errc::deadline_exceeded);
  EXPECT_NE(left.ctx().cause().code(), errc::deadline_exceeded);
  EXPECT_NE(late.ctx().cause().message(), left.ctx().cause().message());
}

}  // namespace
}  // namespace lifeline
