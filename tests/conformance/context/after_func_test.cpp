// TestAfterFunc…: CalledAfterCancel, CalledAfterTimeout, CalledImmediately, NotCalledAfterStop,
// CalledAsynchronously; and from afterfunc_test.go the claims about notification.

#include <future>
#include <latch>
#include <thread>

#include "conformance/context/manual_time.hpp"
#include "lifeline/context/watch.hpp"

namespace lifeline {
namespace {

using namespace testing;
using after_func_of = manual_time;

TEST_F(after_func_of, a_living_context_waits_for_its_cancel_and_is_then_too_late_to_stop) {
  int ran = 0;
  auto scope = with_cancel(root);
  const auto handle = after_func(scope.ctx(), [&] { ++ran; });
  time.advance(seconds(1));
  EXPECT_EQ(ran, 0);
  scope.cancel();
  time.run_posted();
  EXPECT_EQ(ran, 1);
  EXPECT_FALSE(handle.stop());
}

TEST_F(after_func_of, a_deadline_runs_when_that_has_come) {
  int ran = 0;
  const auto scope = with_timeout(root, seconds(1));
  after_func(scope.ctx(), [&] { ++ran; });
  time.advance(seconds(1));
  EXPECT_EQ(ran, 1);
}

TEST_F(after_func_of, a_dead_context_runs_soon) {
  int ran = 0;
  auto scope = with_cancel(root);
  scope.cancel();
  after_func(scope.ctx(), [&] { ++ran; });
  time.run_posted();
  EXPECT_EQ(ran, 1);
}

TEST_F(after_func_of, a_context_does_not_run_once_it_was_stopped) {
  int ran = 0;
  auto scope = with_cancel(root);
  const auto handle = after_func(scope.ctx(), [&] { ++ran; });
  EXPECT_TRUE(handle.stop());
  scope.cancel();
  time.run_posted();
  EXPECT_EQ(ran, 0);
  EXPECT_FALSE(handle.stop());
}

TEST_F(after_func_of, a_context_is_none_of_its_children) {
  int ran = 0;
  auto parent = with_cancel(root);
  auto child = with_cancel(parent.ctx());
  after_func(parent.ctx(), [&] { ++ran; });
  child.cancel();
  time.run_posted();
  EXPECT_EQ(ran, 0);
  parent.cancel();
  time.run_posted();
  EXPECT_EQ(ran, 1);
}

TEST(after_func_of_a_machines_clock, does_not_block_cancel) {
  std::latch cancelled(1);
  std::promise<std::thread::id> ran;
  auto scope = with_cancel(background());
  after_func(scope.ctx(), [&] {
    cancelled.wait();
    ran.set_value(std::this_thread::get_id());
  });
  scope.cancel();  // hangs if it waits for the function
  cancelled.count_down();
  EXPECT_NE(ran.get_future().get(), std::this_thread::get_id());
}

}  // namespace
}  // namespace lifeline
