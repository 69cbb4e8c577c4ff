#include "lifeline/context/context.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "lifeline/time/manual_clock.hpp"
#include "random_seed.hpp"

namespace lifeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const context_key<std::string> request_id{"request_id"};
const context_key<int> attempt{"attempt"};

class context_of_manual_time : public ::testing::Test {
 protected:
  manual_clock time;
  context root = background(time);
};

using a_context = context_of_manual_time;
using a_deadline = context_of_manual_time;
using a_scope = context_of_manual_time;
using a_value = context_of_manual_time;
using a_tree = context_of_manual_time;

// -- roots
// ------------------------------------------------------------------------------------------

TEST(a_root, is_never_done_and_carries_nothing) {
  for (const context& ctx : {background(), todo(), context()}) {
    EXPECT_FALSE(ctx.done());
    EXPECT_EQ(ctx.err(), errc::none);
    EXPECT_FALSE(ctx.cause());
    EXPECT_FALSE(ctx.deadline());
    EXPECT_EQ(ctx.remaining(), duration::max());
    EXPECT_EQ(ctx.value(request_id), nullptr);
    EXPECT_EQ(&ctx.time(), &process_clock());
  }
}

TEST(a_root, may_have_a_clock_of_its_own) {
  manual_clock time;
  EXPECT_EQ(&background(time).time(), &time);
}

// -- cancel
// -----------------------------------------------------------------------------------------

TEST_F(a_context, is_done_when_its_scope_cancels_and_stays_so) {
  auto scope = with_cancel(root);
  const context copy = scope.ctx();
  EXPECT_FALSE(copy.done());
  scope.cancel();
  scope.cancel();
  EXPECT_TRUE(copy.done());
  EXPECT_EQ(copy.err(), errc::canceled);
  EXPECT_EQ(copy.cause(), error(errc::canceled));
}

TEST_F(a_context, ends_with_its_parent_before_cancel_returns) {
  auto parent = with_cancel(root);
  const auto child = with_cancel(parent.ctx());
  const auto timed = with_timeout(child.ctx(), seconds(9));
  const context valued = with_value(timed.ctx(), attempt, 1);
  parent.cancel();
  EXPECT_EQ(child.ctx().err(), errc::canceled);
  EXPECT_EQ(timed.ctx().err(), errc::canceled);
  EXPECT_EQ(valued.err(), errc::canceled);
}

TEST_F(a_context, never_ends_its_parent_or_its_sibling) {
  const auto parent = with_cancel(root);
  auto child = with_timeout(parent.ctx(), seconds(1));
  auto other = with_cancel(parent.ctx());
  const auto sibling = with_cancel(parent.ctx());
  time.advance(seconds(1));
  other.cancel();
  EXPECT_EQ(child.ctx().err(), errc::deadline_exceeded);
  EXPECT_FALSE(parent.ctx().done());
  EXPECT_FALSE(sibling.ctx().done());
}

TEST_F(a_context, keeps_the_first_cause) {
  auto scope = with_timeout(root, seconds(1), error("too slow"));
  scope.cancel(error("client hung up"));
  scope.cancel(error("again"));
  time.advance(seconds(2));
  EXPECT_EQ(scope.ctx().err(), errc::canceled);
  EXPECT_EQ(scope.ctx().cause(), error("client hung up"));
}

TEST_F(a_context, hands_its_cause_down_but_not_over_a_childs_own) {
  auto parent = with_cancel(root);
  auto early = with_cancel(parent.ctx());
  const auto late = with_cancel(parent.ctx());
  early.cancel(error("own"));
  parent.cancel(error("from above"));
  EXPECT_EQ(early.ctx().cause(), error("own"));
  EXPECT_EQ(late.ctx().cause(), error("from above"));
}

TEST_F(a_context, is_born_dead_under_a_dead_parent_with_its_cause) {
  auto parent = with_cancel(root);
  parent.cancel(error("over"));
  const auto child = with_cancel(parent.ctx());
  const auto timed = with_timeout(parent.ctx(), seconds(1), error("own"));
  const auto late = with_timeout(parent.ctx(), seconds(-1), error("own"));
  for (const auto* scope : {&child, &timed, &late}) {
    EXPECT_EQ(scope->ctx().err(), errc::canceled);
    EXPECT_EQ(scope->ctx().cause(), error("over"));
  }
  EXPECT_EQ(time.armed(), 0U);
}

// -- deadlines
// --------------------------------------------------------------------------------------

TEST_F(a_deadline, ends_its_context_when_it_is_reached_and_not_before) {
  const auto scope = with_timeout(root, seconds(1));
  time.advance(seconds(1) - duration(1));
  EXPECT_FALSE(scope.ctx().done());
  EXPECT_EQ(scope.ctx().remaining(), duration(1));
  time.advance(duration(1));
  EXPECT_EQ(scope.ctx().err(), errc::deadline_exceeded);
  EXPECT_EQ(scope.ctx().cause(), error(errc::deadline_exceeded));
  EXPECT_EQ(scope.ctx().remaining(), duration::zero());
}

TEST_F(a_deadline, gives_its_own_cause_if_it_has_one) {
  const auto scope = with_deadline(root, time.now() + seconds(1), error("commit took too long"));
  time.advance(seconds(1));
  EXPECT_EQ(scope.ctx().err(), errc::deadline_exceeded);
  EXPECT_EQ(scope.ctx().cause(), error("commit took too long"));
}

TEST_F(a_deadline, already_passed_makes_a_context_that_is_done) {
  for (const time_point t : {time.now(), time.now() - seconds(1), time_point::min()}) {
    const auto scope = with_deadline(root, t);
    EXPECT_EQ(scope.ctx().err(), errc::deadline_exceeded);
    EXPECT_EQ(scope.ctx().remaining(), duration::zero());
  }
  EXPECT_EQ(time.armed(), 0U);
}

TEST_F(a_deadline, is_the_earlier_of_its_own_and_the_parents) {
  const time_point now = time.now();
  const auto parent = with_deadline(root, now + seconds(5));
  const auto shorter = with_deadline(parent.ctx(), now + seconds(2));
  const auto longer = with_deadline(parent.ctx(), now + seconds(9), error("unheard"));
  EXPECT_EQ(shorter.ctx().deadline(), now + seconds(2));
  EXPECT_EQ(longer.ctx().deadline(), now + seconds(5));
  EXPECT_EQ(time.armed(), 2U) << "a deadline that the parent's precedes needs no timer";
  time.advance(seconds(5));
  EXPECT_EQ(longer.ctx().err(), errc::deadline_exceeded);
  EXPECT_EQ(longer.ctx().cause(), error(errc::deadline_exceeded));
}

TEST_F(a_deadline, of_all_time_is_none) {
  const auto scope = with_timeout(root, duration::max());
  EXPECT_FALSE(scope.ctx().deadline());
  EXPECT_EQ(time.armed(), 0U);
}

TEST_F(a_deadline, holds_no_timer_once_its_context_is_done_or_gone) {
  auto parent = with_cancel(root);
  auto cancelled = with_timeout(root, seconds(1));
  const auto orphan = with_timeout(parent.ctx(), seconds(1));
  with_timeout(root, seconds(1)).cancel();
  EXPECT_EQ(time.armed(), 2U);
  cancelled.cancel();
  parent.cancel();
  EXPECT_EQ(time.armed(), 0U);
}

// -- scopes
// -----------------------------------------------------------------------------------------

TEST_F(a_scope, cancels_when_it_goes) {
  std::optional<context> ctx;
  {
    const auto scope = with_cancel(root);
    ctx = scope.ctx();
  }
  EXPECT_EQ(ctx->err(), errc::canceled);
}

TEST_F(a_scope, transfers_its_context_when_moved) {
  auto first = with_cancel(root);
  const context ctx = first.ctx();
  std::optional<cancel_scope> second(std::move(first));
  first.cancel();  // NOLINT(bugprone-use-after-move): an empty scope does nothing
  EXPECT_FALSE(ctx.done());
  second.reset();
  EXPECT_TRUE(ctx.done());
}

TEST_F(a_scope, cancels_what_it_held_when_another_is_moved_in) {
  auto scope = with_cancel(root);
  const context before = scope.ctx();
  scope = with_cancel(root);
  EXPECT_TRUE(before.done());
  EXPECT_FALSE(scope.ctx().done());
  auto& same = scope;
  scope = std::move(same);
  EXPECT_FALSE(scope.ctx().done());
}

// -- values
// -----------------------------------------------------------------------------------------

TEST_F(a_value, is_seen_below_and_hidden_by_one_under_the_same_key) {
  const context outer = with_value(root, request_id, "r1");
  const context inner = with_value(with_value(outer, attempt, 1), attempt, 2);
  const auto child = with_cancel(inner);
  EXPECT_EQ(root.value(request_id), nullptr);
  EXPECT_EQ(outer.value(attempt), nullptr);
  EXPECT_EQ(*child.ctx().value(request_id), "r1");
  EXPECT_EQ(*child.ctx().value(attempt), 2);
  EXPECT_EQ(child.ctx().value(request_id), outer.value(request_id)) << "shared, not copied";
}

TEST_F(a_value, belongs_to_its_key_not_to_the_keys_name) {
  const context_key<int> same_name{"attempt"};
  const context ctx = with_value(root, attempt, 1);
  EXPECT_EQ(ctx.value(same_name), nullptr);
}

TEST_F(a_value, is_found_among_many_and_the_latest_under_its_key_hides_the_others) {
  std::deque<context_key<int>> keys;
  std::vector<context> levels{root};
  for (int i = 0; i < 300; ++i) {
    levels.push_back(with_value(levels.back(), keys.emplace_back("key"), i));
    levels.push_back(with_value(levels.back(), keys.front(), -i));
  }
  for (int i = 0; i < 300; ++i) {
    const auto level = static_cast<std::size_t>(2 * i + 2);
    EXPECT_EQ(*levels[level].value(keys.front()), -i);
    const auto key = static_cast<std::size_t>(i);
    EXPECT_EQ(*levels.back().value(keys[key]), i == 0 ? -299 : i);
    const int* const not_yet = i < 299 ? levels[level].value(keys[key + 1]) : nullptr;
    EXPECT_EQ(not_yet, nullptr);
  }
}

TEST_F(a_value, does_not_change_a_contexts_life) {
  auto scope = with_timeout(root, seconds(1));
  const context ctx = with_value(scope.ctx(), attempt, 1);
  EXPECT_EQ(ctx.deadline(), scope.ctx().deadline());
  scope.cancel(error("why"));
  EXPECT_EQ(ctx.cause(), error("why"));
}

TEST_F(a_value, outlives_the_context_that_it_was_given_to) {
  context ctx = root;
  {
    const auto scope = with_cancel(with_value(root, request_id, "r1"));
    ctx = with_value(scope.ctx(), attempt, 1);
  }
  EXPECT_TRUE(ctx.done());
  EXPECT_EQ(*ctx.value(request_id), "r1");
}

TEST_F(a_value, survives_without_cancel_which_drops_deadline_and_end) {
  auto scope = with_timeout(with_value(root, request_id, "r1"), seconds(1));
  const context detached = without_cancel(scope.ctx());
  const auto child = with_cancel(detached);
  scope.cancel();
  const context late = without_cancel(scope.ctx());
  for (const context& ctx : {detached, child.ctx(), late}) {
    EXPECT_FALSE(ctx.done());
    EXPECT_FALSE(ctx.deadline());
    EXPECT_EQ(*ctx.value(request_id), "r1");
    EXPECT_EQ(&ctx.time(), &time);
  }
}

// -- trees
// ------------------------------------------------------------------------------------------

/// Counts its living instances; as a value, those kept by contexts.
struct counted {
  explicit counted(int& n) : alive(&n) { ++*alive; }
  counted(const counted& other) : counted(*other.alive) {}
  counted& operator=(const counted&) = delete;
  ~counted() { --*alive; }
  int* alive;
};
const context_key<counted> counter{"counter"};

TEST_F(a_tree, keeps_nothing_of_children_that_are_gone) {
  int alive = 0;
  auto parent = with_cancel(root);
  for (int i = 0; i < 1'000; ++i) {
    const auto child = with_timeout(with_value(parent.ctx(), counter, counted(alive)), seconds(1));
    ASSERT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(time.armed(), 0U);
}

TEST_F(a_tree, lets_a_dead_child_be_freed_under_a_living_parent) {
  int alive = 0;
  const auto parent = with_cancel(root);
  {
    auto child = with_cancel(with_value(parent.ctx(), counter, counted(alive)));
    child.cancel();
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

TEST_F(a_tree, may_be_deep) {
  int alive = 0;
  auto top = with_cancel(with_value(root, counter, counted(alive)));
  std::vector<cancel_scope> scopes;
  context deepest = top.ctx();
  for (int i = 0; i < 200'000; ++i) {
    scopes.push_back(with_cancel(deepest));
    deepest = scopes.back().ctx();
  }
  top.cancel();
  EXPECT_TRUE(deepest.done());
  std::reverse(scopes.begin(), scopes.end());
  scopes.clear();
  top = with_cancel(root);
  deepest = root;  // the last handle of a long chain
  EXPECT_EQ(alive, 0);
}

TEST_F(a_tree, may_be_deep_in_values) {
  int alive = 0;
  {
    std::vector<cancel_scope> scopes;
    context deepest = with_value(root, counter, counted(alive));
    for (int i = 0; i < 200'000; ++i) {
      scopes.push_back(with_cancel(with_value(deepest, attempt, i)));
      deepest = scopes.back().ctx();
    }
    EXPECT_EQ(*deepest.value(attempt), 199'999);
    EXPECT_NE(deepest.value(counter), nullptr);
  }
  EXPECT_EQ(alive, 0);
}

TEST_F(a_tree, can_be_dropped_in_any_order) {
  const std::uint64_t seed = testing::random_seed();
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    int alive = 0;
    {
      std::vector<cancel_scope> scopes;
      std::vector<context> handles;
      scopes.push_back(with_cancel(with_value(root, counter, counted(alive))));
      for (int i = 0; i < 30; ++i) {
        const context parent = scopes[random() % scopes.size()].ctx();
        handles.push_back(with_value(parent, attempt, i));
        scopes.push_back(random() % 2 == 0 ? with_cancel(handles.back())
                                           : with_timeout(parent, milliseconds(random() % 50)));
      }
      std::shuffle(scopes.begin(), scopes.end(), random);
      std::shuffle(handles.begin(), handles.end(), random);
      while (!scopes.empty()) {
        const context ended = scopes.back().ctx();
        scopes.pop_back();
        ASSERT_TRUE(ended.done()) << "seed " << seed;
        if (random() % 4 == 0) time.advance(milliseconds(10));
        if (random() % 2 == 0 && !handles.empty()) handles.pop_back();
      }
    }
    ASSERT_EQ(alive, 0) << "seed " << seed;
    ASSERT_EQ(time.armed(), 0U) << "seed " << seed;
  }
}

TEST_F(a_deadline, of_all_time_is_none_in_every_unit) {
  using namespace std::chrono;
  const auto none = [](const cancel_scope& s) { return !s.ctx().done() && !s.ctx().deadline(); };
  EXPECT_TRUE(none(with_timeout(root, microseconds::max())));
  EXPECT_TRUE(none(with_timeout(root, milliseconds::max())));
  EXPECT_TRUE(none(with_timeout(root, seconds::max())));
  EXPECT_TRUE(none(with_timeout(root, hours::max(), error("unheard"))));
  EXPECT_TRUE(with_timeout(root, milliseconds::min()).ctx().done());
  EXPECT_TRUE(with_timeout(root, seconds(-1), error("own")).ctx().done());
  EXPECT_EQ(with_timeout(root, minutes(2)).ctx().remaining(), minutes(2));
}

}  // namespace
}  // namespace lifeline
