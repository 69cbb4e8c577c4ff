#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "actor/actor_fixture.hpp"
#include "actor/held_door.hpp"
#include "lifeline/actor/blocking.hpp"

namespace lifeline {
namespace {

using std::chrono::seconds;
using testing::answer;
using testing::outcome;

class a_blocking_call : public testing::actor_fixture {
 protected:
  caf::actor spawn_caller(const context& ctx, blocking_door& to) {
    return spawn_doing([&, ctx](caf::event_based_actor* self) {
      call_blocking(self, ctx, to, lane::read,
                    [this](const context& c) {
                      ++ran;
                      done_inside = c.done();
                      if (during) during();
                      return answer{7};
                    })
          .then([&](const answer& a) { out.answers.push_back(a.number); },
                [&](errc e) { out.errors.push_back(e); });
    });
  }

  testing::held_door door;
  std::function<void()> during;
  outcome out;
  int ran = 0;
  bool done_inside = false;
};

TEST_F(a_blocking_call, gives_what_the_function_gives) {
  const auto scope = with_timeout(root, seconds(1));
  const auto caller = spawn_caller(scope.ctx(), door);
  EXPECT_EQ(out.count(), 0U);
  door.run_all();
  run();
  EXPECT_EQ(out.answers, std::vector{7});
}

TEST_F(a_blocking_call, that_runs_at_once_is_answered_all_the_same) {
  inline_door inside;
  const auto caller = spawn_caller(root, inside);
  EXPECT_EQ(out.answers, std::vector{7});
}

TEST_F(a_blocking_call, that_queues_when_its_context_ends_is_answered_at_once_and_never_runs) {
  auto scope = with_cancel(root);
  const auto caller = spawn_caller(scope.ctx(), door);
  scope.cancel();
  run();
  EXPECT_EQ(out.errors, std::vector{errc::canceled});
  door.run_all();
  run();
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(out.count(), 1U);
}

TEST_F(a_blocking_call, that_runs_when_its_context_ends_can_see_it_and_its_value_is_dropped) {
  const auto scope = with_timeout(root, seconds(1));
  const auto caller = spawn_caller(scope.ctx(), door);
  during = [&] {
    EXPECT_FALSE(scope.ctx().done());
    time.advance(seconds(1));
    EXPECT_TRUE(scope.ctx().done());
    run();
    EXPECT_EQ(out.errors, std::vector{errc::deadline_exceeded}) << "before the function is back";
  };
  door.run_all();
  run();
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(out.count(), 1U);
}

TEST_F(a_blocking_call, within_a_done_context_is_not_even_queued) {
  auto scope = with_cancel(root);
  scope.cancel();
  const auto caller = spawn_caller(scope.ctx(), door);
  EXPECT_EQ(out.errors, std::vector{errc::canceled});
  EXPECT_EQ(door.waiting(), 0U);
}

TEST_F(a_blocking_call, on_a_full_lane_is_overloaded) {
  testing::held_door full(0);
  const auto caller = spawn_caller(root, full);
  EXPECT_EQ(out.errors, std::vector{errc::overloaded});
}

TEST_F(a_blocking_call, of_a_caller_that_dies_does_no_harm) {
  const auto caller = spawn_caller(root, door);
  end(caller);
  door.run_all();
  run();
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(out.count(), 0U);
}

TEST_F(a_blocking_call, whose_function_throws_breaks_its_promise) {
  during = [] { throw std::runtime_error("a bug"); };
  const auto first = spawn_caller(root, door);
  door.run_all();
  run();
  during = [] { throw 42; };
  const auto second = spawn_caller(root, door);
  door.run_all();
  run();
  EXPECT_EQ(out.errors, (std::vector{errc::broken_promise, errc::broken_promise}));
}

}  // namespace
}  // namespace lifeline
