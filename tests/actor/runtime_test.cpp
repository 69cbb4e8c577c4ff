#include "lifeline/actor/runtime.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "actor/actor_fixture.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace lifeline {
namespace {

using testing::answer;
using testing::question;

runtime_options small() {
  runtime_options options;
  options.workers = 2;
  return options;
}

TEST(a_runtime, gives_contexts_on_its_own_clock) {
  manual_clock time;
  runtime rt(small(), time);
  EXPECT_EQ(&rt.background().time(), &time);
  EXPECT_EQ(&rt.time(), &time);
}

TEST(a_runtime, keeps_its_door_open_until_its_actors_have_ended) {
  std::atomic<int> jobs{0};
  {
    runtime rt(small());
    const auto a = rt.system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
      const auto again = [&, me = caf::actor_cast<caf::strong_actor_ptr>(self)] {
        run_blocking(
            rt.blocking(), lane::read, rt.background(),
            [&](const context&) { return answer{++jobs}; },
            [me](asked<answer> x) {
              ASSERT_TRUE(x);
              put(me, nullptr, caf::make_message_id(), nullptr, std::move(*x));
            });
      };
      return {[again](const question&) { again(); },
              [again, self](const answer& x) { x.number < 20 ? again() : self->quit(); }};
    });
    tell_from_outside(a, question{});
  }
  EXPECT_EQ(jobs, 20);
}

TEST(a_runtime, runs_what_is_queued_behind_its_door_before_it_goes) {
  std::atomic<int> jobs{0};
  {
    runtime rt(small());
    for (int i = 0; i < 50; ++i)
      EXPECT_TRUE(rt.blocking().submit(lane::background, [&] { ++jobs; }));
  }
  EXPECT_EQ(jobs, 50);
}

}  // namespace
}  // namespace lifeline
