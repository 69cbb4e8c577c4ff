#include "lifeline/actor/metered.hpp"

#include "actor/actor_fixture.hpp"
#include "lifeline/observe/actor_meter.hpp"

namespace lifeline {
namespace {

using testing::answer;
using testing::answer_all;
using testing::question;

struct a_metered_actor : testing::actor_fixture {
  caf::actor spawn_metered(actor_meter* m) {
    return spawn([this, m](caf::event_based_actor* self) -> caf::behavior {
      return metered(self, m,
                     {[this](const question& q) {
                        time.advance(std::chrono::microseconds(q.number));
                        return answer{q.number};
                      },
                      [self](const answer_all&) { self->quit(); }});
    });
  }
  void send(const caf::actor& to, int count, int number) {
    for (int i = 0; i < count; ++i) tell_from_outside(to, question{number});
    run();
  }

  metrics all;
  actor_meter meter{all, "clerk", time};
};

#if !LIFELINE_CAF_1

TEST_F(a_metered_actor, counts_every_message_and_measures_one_in_sixteen) {
  const caf::actor clerk = spawn_metered(&meter);
  send(clerk, 160, 7);
  EXPECT_EQ(meter.messages.value(), 160U);
  const auto times = meter.handler_time.read();
  EXPECT_EQ(times.count, 10U);
  EXPECT_NEAR(times.sum, 70e-6, 1e-9);
  EXPECT_EQ(meter.depth.read().count, 10U);
  EXPECT_GT(meter.depth.read().sum, 0) << "others waited behind some of these";
}

TEST_F(a_metered_actor, answers_and_ends_as_any_other) {
  const caf::actor clerk = spawn_metered(&meter);
  std::vector<int> heard;
  spawn_doing([&](caf::event_based_actor* self) {
    self->request(clerk, caf::infinite, question{5}).then([&](const answer& a) {
      heard.push_back(a.number);
    });
  });
  EXPECT_EQ(heard, std::vector<int>{5});
  tell_from_outside(clerk, answer_all{});
  run();
  send(clerk, 1, 1);  // to nobody
  EXPECT_EQ(meter.messages.value(), 2U);
}

#endif

TEST_F(a_metered_actor, without_a_meter_is_unchanged) {
  const caf::actor clerk = spawn_metered(nullptr);
  send(clerk, 20, 1);
  EXPECT_EQ(meter.messages.value(), 0U);
}

}  // namespace
}  // namespace lifeline
