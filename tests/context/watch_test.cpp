#include "lifeline/context/watch.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "lifeline/time/manual_clock.hpp"

namespace lifeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class on_manual_time : public ::testing::Test {
 protected:
  manual_clock time;
  context root = background(time);
};

using a_watcher = on_manual_time;
using after_func_of = on_manual_time;

/// Records each end, and whether the context below was done by then.
class noting_watcher final : public context_watcher {
 public:
  explicit noting_watcher(std::vector<errc>& ends) : ends_(ends) {}
  context below = background();

 protected:
  void ended(errc e) noexcept override {
    ends_.push_back(e);
    EXPECT_TRUE(ctx().done());
    EXPECT_TRUE(!below.deadline() || below.done());
  }

 private:
  std::vector<errc>& ends_;
};

TEST_F(a_watcher, is_called_once_inside_cancel) {
  std::vector<errc> ends;
  auto scope = with_timeout(root, seconds(1));
  const auto w = std::make_shared<noting_watcher>(ends);
  EXPECT_TRUE(w->watch(scope.ctx()));
  scope.cancel();
  scope.cancel();
  time.advance(seconds(2));
  EXPECT_EQ(ends, std::vector{errc::canceled});
  EXPECT_FALSE(w->unwatch());
}

TEST_F(a_watcher, is_called_at_a_deadline) {
  std::vector<errc> ends;
  const auto scope = with_timeout(root, seconds(1));
  const auto w = std::make_shared<noting_watcher>(ends);
  w->watch(scope.ctx());
  time.advance(seconds(1));
  EXPECT_EQ(ends, std::vector{errc::deadline_exceeded});
}

TEST_F(a_watcher, is_called_when_all_below_is_done) {
  std::vector<errc> ends;
  auto scope = with_cancel(root);
  const auto w = std::make_shared<noting_watcher>(ends);
  w->watch(scope.ctx());
  const auto child = with_timeout(scope.ctx(), seconds(9));
  const auto grandchild = with_cancel(child.ctx());
  w->below = grandchild.ctx();
  scope.cancel();
  EXPECT_EQ(ends, std::vector{errc::canceled});
}

TEST_F(a_watcher, of_a_done_context_is_refused) {
  std::vector<errc> ends;
  auto scope = with_cancel(root);
  scope.cancel();
  const auto w = std::make_shared<noting_watcher>(ends);
  EXPECT_FALSE(w->watch(scope.ctx()));
  EXPECT_FALSE(w->unwatch());
  EXPECT_TRUE(ends.empty());
}

TEST_F(a_watcher, is_not_called_after_unwatch_or_its_own_end) {
  std::vector<errc> ends;
  auto scope = with_cancel(root);
  const auto stopped = std::make_shared<noting_watcher>(ends);
  auto gone = std::make_shared<noting_watcher>(ends);
  stopped->watch(scope.ctx());
  gone->watch(scope.ctx());
  EXPECT_TRUE(stopped->unwatch());
  EXPECT_FALSE(stopped->unwatch());
  gone.reset();
  scope.cancel();
  EXPECT_TRUE(ends.empty());
}

/// At the end, cancels another context and releases itself.
class chaining_watcher final : public context_watcher {
 public:
  explicit chaining_watcher(cancel_scope other) : other_(std::move(other)) {}
  std::shared_ptr<chaining_watcher> self;

 protected:
  void ended(errc) noexcept override {
    other_.cancel();
    self.reset();
  }

 private:
  cancel_scope other_;
};

TEST_F(a_watcher, may_end_other_contexts_and_itself) {
  auto scope = with_cancel(root);
  auto sibling = with_cancel(scope.ctx());
  auto w = std::make_shared<chaining_watcher>(with_cancel(root));
  auto v = std::make_shared<chaining_watcher>(with_cancel(sibling.ctx()));
  w->self = w;
  v->self = v;
  const std::weak_ptr<context_watcher> weak_w = w;
  w->watch(scope.ctx());
  v->watch(scope.ctx());
  w.reset();
  v.reset();
  scope.cancel();
  EXPECT_TRUE(weak_w.expired());
}

// -- after_func
// -------------------------------------------------------------------------------------

TEST_F(after_func_of, a_living_context_runs_once_after_the_end_and_not_inside_cancel) {
  int ran = 0;
  auto scope = with_timeout(root, seconds(1));
  const auto handle = after_func(scope.ctx(), [&] { ++ran; });
  scope.cancel();
  EXPECT_EQ(ran, 0);
  time.run_posted();
  time.advance(seconds(2));
  EXPECT_EQ(ran, 1);
  EXPECT_FALSE(handle.stop());
}

TEST_F(after_func_of, a_done_context_runs_soon_but_not_inside_the_call) {
  int ran = 0;
  auto scope = with_cancel(root);
  scope.cancel();
  const auto handle = after_func(scope.ctx(), [&] { ++ran; });
  EXPECT_EQ(ran, 0);
  EXPECT_FALSE(handle.stop());
  time.run_posted();
  EXPECT_EQ(ran, 1);
}

TEST_F(after_func_of, a_living_context_can_be_stopped_once) {
  int ran = 0;
  auto scope = with_cancel(root);
  const auto handle = after_func(scope.ctx(), [&] { ++ran; });
  const auto copy = handle;
  EXPECT_TRUE(handle.stop());
  EXPECT_FALSE(handle.stop());
  EXPECT_FALSE(copy.stop());
  scope.cancel();
  time.run_posted();
  EXPECT_EQ(ran, 0);
}

TEST_F(after_func_of, a_living_context_can_no_longer_be_stopped_between_end_and_run) {
  int ran = 0;
  auto scope = with_cancel(root);
  const auto handle = after_func(scope.ctx(), [&] { ++ran; });
  scope.cancel();
  EXPECT_FALSE(handle.stop());
  time.run_posted();
  EXPECT_EQ(ran, 1);
}

TEST_F(after_func_of, a_living_context_needs_no_handle) {
  int ran = 0;
  auto scope = with_cancel(root);
  after_func(scope.ctx(), [&] { ++ran; });
  scope.cancel();
  time.run_posted();
  EXPECT_EQ(ran, 1);
}

TEST_F(after_func_of, a_context_keeps_what_it_holds_no_longer_than_needed) {
  const auto held = std::make_shared<int>();
  auto scope = with_cancel(root);
  const auto stopped = after_func(scope.ctx(), [held] {});
  const auto run = after_func(scope.ctx(), [held] {});
  EXPECT_EQ(held.use_count(), 3);
  stopped.stop();
  EXPECT_EQ(held.use_count(), 2);
  scope.cancel();
  time.run_posted();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(after_func_of, a_root_is_forgotten_with_its_handle) {
  const auto held = std::make_shared<int>();
  {
    const auto handle = after_func(root, [held] {});
    const auto stopped = after_func(root, [held] {});
    EXPECT_TRUE(stopped.stop());
    EXPECT_FALSE(stopped.stop());
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

// -- plain threads
// ----------------------------------------------------------------------------------

TEST(wait_for, gives_up_after_its_limit) {
  const auto scope = with_cancel(background());
  EXPECT_FALSE(wait_for(scope.ctx(), milliseconds(1)));
  EXPECT_FALSE(wait_for(scope.ctx(), milliseconds(-1)));
}

TEST(wait_for, returns_at_once_for_a_done_context) {
  auto scope = with_cancel(background());
  scope.cancel();
  EXPECT_TRUE(wait_for(scope.ctx(), duration::max()));
  wait(scope.ctx());
}

TEST(wait_for, returns_at_an_end_on_another_thread_however_long_its_limit) {
  for (const duration limit : {duration::max(), duration(std::chrono::hours(1))}) {
    auto scope = with_cancel(background());
    std::thread other([&] { scope.cancel(); });
    EXPECT_TRUE(wait_for(scope.ctx(), limit));
    other.join();
  }
}

TEST(wait, returns_when_the_deadline_has_passed) {
  const auto scope = with_timeout(background(), milliseconds(1));
  wait(scope.ctx());
  EXPECT_EQ(scope.ctx().err(), errc::deadline_exceeded);
  EXPECT_GE(process_clock().now(), *scope.ctx().deadline());
}

TEST(wait_for, takes_the_largest_limit_in_every_unit_for_none) {
  for (int unit = 0; unit < 3; ++unit) {
    auto scope = with_cancel(background());
    std::thread other([&] { scope.cancel(); });
    EXPECT_TRUE(unit == 0   ? wait_for(scope.ctx(), milliseconds::max())
                : unit == 1 ? wait_for(scope.ctx(), std::chrono::seconds::max())
                            : wait_for(scope.ctx(), std::chrono::hours::max()));
    other.join();
  }
}

}  // namespace
}  // namespace lifeline
