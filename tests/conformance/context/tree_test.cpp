// Ends of parents and children: TestBackground, TestTODO, TestWithCancel, TestParentFinishesChild,
// TestChildFinishesFirst, TestCancelRemoves, TestWithCancelCanceledParent, TestWithoutCancel.

#include <memory>
#include <vector>

#include "conformance/context/manual_time.hpp"
#include "lifeline/context/merge.hpp"
#include "lifeline/context/watch.hpp"

namespace lifeline {
namespace {

using namespace testing;
using a_context = manual_time;
using a_parent = manual_time;

TEST(a_root, of_either_name_never_ends_and_has_no_deadline) {
  for (const context& ctx : {background(), todo()}) {
    expect_alive(ctx);
    EXPECT_FALSE(ctx.deadline());
    EXPECT_TRUE(ctx.node().is_root());
  }
}

TEST_F(a_context, lives_until_it_is_cancelled_and_may_be_cancelled_again) {
  auto scope = with_cancel(root);
  const context ctx = scope.ctx();
  expect_alive(ctx);
  for (int i = 0; i < 2; ++i) {
    scope.cancel();
    expect_done(ctx, errc::canceled);
  }
}

const context_key<int> number{"number"};

TEST_F(a_parent, ends_all_below_it_through_values_and_deadlines_before_cancel_returns) {
  auto parent = with_cancel(root);
  const auto child = with_cancel(parent.ctx());
  const context valued = with_value(parent.ctx(), number, 1);
  const auto below_value = with_cancel(valued);
  const auto timed = with_timeout(valued, seconds(5));
  for (const context& ctx : {parent.ctx(), child.ctx(), valued, below_value.ctx(), timed.ctx()})
    expect_alive(ctx);
  parent.cancel();
  for (const context& ctx : {parent.ctx(), child.ctx(), valued, below_value.ctx(), timed.ctx()})
    expect_done(ctx, errc::canceled);
}

TEST_F(a_parent, that_is_done_has_only_dead_children) {
  auto parent = with_cancel(root);
  const context valued = with_value(parent.ctx(), number, 1);
  parent.cancel(error("because"));
  expect_done(with_cancel(parent.ctx()).ctx(), errc::canceled, error("because"));
  expect_done(with_cancel(valued).ctx(), errc::canceled, error("because"));
  expect_done(with_timeout(valued, seconds(1)).ctx(), errc::canceled, error("because"));
  expect_done(with_timeout(valued, seconds(-1)).ctx(), errc::canceled, error("because"));
  EXPECT_EQ(time.armed(), 0U);
}

TEST_F(a_parent, does_not_end_with_its_child) {
  for (const bool below_a_value : {false, true}) {
    auto parent = with_cancel(root);
    auto child = with_cancel(below_a_value ? with_value(parent.ctx(), number, 1) : parent.ctx());
    child.cancel();
    expect_done(child.ctx(), errc::canceled);
    expect_alive(parent.ctx());
    parent.cancel();
    expect_done(child.ctx(), errc::canceled);
    expect_done(parent.ctx(), errc::canceled);
  }
}

TEST_F(a_parent, keeps_no_trace_of_what_ended_below_it) {
  const auto parent = with_cancel(root);
  auto& node = parent.ctx().node();
  EXPECT_FALSE(node.has_dependents());
  {
    auto cancelled = with_cancel(parent.ctx());
    EXPECT_TRUE(node.has_dependents());
    cancelled.cancel();
    EXPECT_FALSE(node.has_dependents());

    const auto expired = with_timeout(parent.ctx(), milliseconds(5));
    EXPECT_TRUE(node.has_dependents());
    time.advance(milliseconds(5));
    EXPECT_FALSE(node.has_dependents());

    auto timed = with_timeout(parent.ctx(), seconds(60));
    EXPECT_TRUE(node.has_dependents());
    timed.cancel();
    EXPECT_FALSE(node.has_dependents());

    const auto handle = after_func(parent.ctx(), [] {});
    EXPECT_TRUE(node.has_dependents());
    handle.stop();
    EXPECT_FALSE(node.has_dependents());

    const auto other = with_cancel(root);
    auto merged = merge(other.ctx(), parent.ctx());
    EXPECT_TRUE(node.has_dependents());
    merged.cancel();
    EXPECT_FALSE(node.has_dependents());
  }
  EXPECT_EQ(time.armed(), 0U);
}

TEST_F(a_context, without_cancel_keeps_the_values_and_loses_all_else) {
  auto scope = with_timeout(with_value(root, number, 7), seconds(1));
  const context kept = without_cancel(scope.ctx());
  scope.cancel(error("early"));
  const context late = without_cancel(scope.ctx());
  for (const context& ctx : {kept, late}) {
    expect_alive(ctx);
    EXPECT_FALSE(ctx.deadline());
    EXPECT_TRUE(ctx.node().is_root()) << "nothing can end it";
    ASSERT_NE(ctx.value(number), nullptr);
    EXPECT_EQ(*ctx.value(number), 7);
  }
}

TEST_F(a_context, of_several_dropped_in_any_order_frees_each) {
  const auto held = std::make_shared<int>();
  const context_key<std::shared_ptr<int>> key{"held"};
  {
    auto outer = with_cancel(with_value(root, key, held));
    std::vector<cancel_scope> inner;
    for (int i = 0; i < 3; ++i) inner.push_back(with_timeout(outer.ctx(), seconds(1)));
    const context handle = inner[1].ctx();
    outer = with_cancel(root);  // the parent's scope first
    for (const auto& s : inner) EXPECT_TRUE(s.ctx().done());
    inner.clear();
    EXPECT_NE(handle.value(key), nullptr);
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace lifeline
