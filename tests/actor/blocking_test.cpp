#include "lifeline/actor/blocking.hpp"

#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <limits>

#include "actor/actor_fixture.hpp"
#include "actor/held_door.hpp"

namespace lifeline {
namespace {

constexpr std::array<lane_options, lane_count> small_lanes{lane_options{1, 2}, lane_options{1, 2},
                                                           lane_options{1, 2}};

/// Keeps a lane's only thread busy until it is destroyed.
class busy_lane {
 public:
  busy_lane(blocking_door& door, lane l) {
    const auto begun = std::make_shared<std::latch>(1);
    EXPECT_TRUE(door.submit(l, [begun, end = end_] {
      begun->count_down();
      end->wait();
    }));
    begun->wait();
  }
  void end() { end_->count_down(); }

 private:
  std::shared_ptr<std::latch> end_ = std::make_shared<std::latch>(1);
};

TEST(a_thread_door, runs_a_job_on_another_thread) {
  std::promise<std::thread::id> ran;
  thread_door door(small_lanes);
  ASSERT_TRUE(door.submit(lane::read, [&] { ran.set_value(std::this_thread::get_id()); }));
  EXPECT_NE(ran.get_future().get(), std::this_thread::get_id());
}

TEST(a_thread_door, does_not_let_one_lane_starve_another) {
  std::promise<void> ran;
  thread_door door(small_lanes);
  busy_lane commit(door, lane::commit);
  busy_lane background(door, lane::background);
  ASSERT_TRUE(door.submit(lane::read, [&] { ran.set_value(); }));
  ran.get_future().wait();
  commit.end();
  background.end();
}

TEST(a_thread_door, refuses_and_drops_jobs_beyond_its_queue) {
  const auto held = std::make_shared<int>();
  thread_door door(small_lanes);
  busy_lane busy(door, lane::commit);
  EXPECT_TRUE(door.submit(lane::commit, [] {}));
  EXPECT_TRUE(door.submit(lane::commit, [] {}));
  EXPECT_FALSE(door.submit(lane::commit, [held] {}));
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_TRUE(door.submit(lane::read, [] {}));
  busy.end();
}

TEST(a_thread_door, runs_what_is_queued_before_its_end) {
  std::atomic<int> ran{0};
  {
    thread_door door(small_lanes);
    busy_lane busy(door, lane::commit);
    EXPECT_TRUE(door.submit(lane::commit, [&] { ++ran; }));
    EXPECT_TRUE(door.submit(lane::commit, [&] { ++ran; }));
    busy.end();
  }
  EXPECT_EQ(ran, 2);
}

TEST(a_thread_door, refuses_jobs_submitted_while_it_is_destroyed) {
  std::atomic<int> refused{0};
  constexpr std::array all{lane::commit, lane::read, lane::background, lane::report, lane::log};
  for (const lane from : all) {
    std::latch going(1);
    const lane_options endless{1, std::numeric_limits<std::size_t>::max()};
    auto door =
        std::make_unique<thread_door>(std::array{endless, endless, endless, endless, endless});
    thread_door* const d = door.get();
    for (int i = 0; i < 2; ++i)
      EXPECT_TRUE(d->submit(from, [&, d] {
        going.wait();
        for (const lane l : all)
          while (d->submit(l, [] {})) std::this_thread::yield();  // until it is closed
        ++refused;
      }));
    going.count_down();
    door.reset();
  }
  EXPECT_EQ(refused, 2 * static_cast<int>(lane_count));
}

TEST(a_thread_door, reports_the_load_of_its_lanes) {
  thread_door door(small_lanes);
  EXPECT_EQ(door.figures(lane::read).threads, 1U);
  {
    busy_lane busy(door, lane::read);
    EXPECT_TRUE(door.submit(lane::read, [] {}));
    EXPECT_TRUE(door.submit(lane::read, [] {}));
    EXPECT_FALSE(door.submit(lane::read, [] {}));
    const lane_figures f = door.figures(lane::read);
    EXPECT_EQ(f.running, 1U);
    EXPECT_EQ(f.waiting, 2U);
    EXPECT_EQ(f.refused, 1U);
    EXPECT_EQ(f.done, 0U);
    EXPECT_EQ(door.figures(lane::commit).running, 0U);
    busy.end();
  }
  while (door.figures(lane::read).done < 3) std::this_thread::yield();
  EXPECT_EQ(door.figures(lane::read).running, 0U);
  EXPECT_EQ(inline_door().figures(lane::read).threads, 0U);
}

TEST(an_inline_door, runs_a_job_inside_submit) {
  inline_door door;
  int ran = 0;
  EXPECT_TRUE(door.submit(lane::commit, [&] { ++ran; }));
  EXPECT_EQ(ran, 1);
}

class run_blocking_of : public testing::actor_fixture {
 protected:
  template <class F>
  void call(const context& ctx, blocking_door& to, F f) {
    run_blocking(to, lane::read, ctx, std::move(f), [this](asked<int> outcome) {
      held_at_outcome = held.use_count();
      outcomes.push_back(outcome);
    });
  }

  testing::held_door door;
  std::vector<asked<int>> outcomes;
  const std::shared_ptr<int> held = std::make_shared<int>(7);
  long held_at_outcome = 0;
};

TEST_F(run_blocking_of, a_function_tells_its_result_and_then_drops_the_function) {
  call(root, door, [kept = held](const context&) { return *kept; });
  EXPECT_TRUE(outcomes.empty());
  door.run_all();
  EXPECT_EQ(outcomes, std::vector<asked<int>>{7});
  EXPECT_EQ(held_at_outcome, 2);
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(run_blocking_of, a_function_that_can_not_be_copied_runs) {
  call(root, door, [own = std::make_unique<int>(3)](const context&) { return *own; });
  door.run_all();
  EXPECT_EQ(outcomes, std::vector<asked<int>>{3});
}

TEST_F(run_blocking_of, a_function_that_throws_is_a_broken_promise) {
  call(root, door, [](const context&) -> int { throw 42; });
  door.run_all();
  EXPECT_EQ(outcomes, std::vector<asked<int>>{errc::broken_promise});
}

TEST_F(run_blocking_of, a_function_on_a_full_lane_never_runs) {
  testing::held_door full(0);
  call(root, full, [kept = held](const context&) { return *kept; });
  EXPECT_EQ(outcomes, std::vector<asked<int>>{errc::overloaded});
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(run_blocking_of, a_function_ends_with_its_context_and_only_once) {
  auto scope = with_cancel(root);
  call(scope.ctx(), door, [](const context&) { return 1; });
  scope.cancel();
  EXPECT_EQ(outcomes, std::vector<asked<int>>{errc::canceled});
  door.run_all();
  call(scope.ctx(), door, [](const context&) { return 1; });
  EXPECT_EQ(door.waiting(), 0U) << "of a context that is done";
  EXPECT_EQ(outcomes, std::vector<asked<int>>(2, errc::canceled));
}

TEST_F(run_blocking_of, a_function_may_return_a_code) {
  std::vector<errc> codes;
  run_blocking(
      door, lane::read, root, [](const context&) { return errc::overloaded; },
      [&](const asked<errc>& o) { codes.push_back(o ? *o : errc::none); });
  door.run_all();
  EXPECT_EQ(codes, std::vector{errc::overloaded});
}

}  // namespace
}  // namespace lifeline
