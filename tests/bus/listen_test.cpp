#include "lifeline/bus/listen.hpp"

#include <gtest/gtest.h>

#include "actor/actor_fixture.hpp"
#include "bus/bus_fixture.hpp"

namespace lifeline {
namespace {

using testing::answer_all;
using testing::happening;

struct a_listening_actor : testing::actor_fixture {
  /// An actor that keeps the events it receives.
  caf::actor spawn_listener(const context& ctx) {
    return spawn_doing([this, ctx](caf::event_based_actor* self) {
      place = listen(self, ctx, bus, {},
                     {[this](const event& e) { heard.push_back(testing::number_of(e)); },
                      [this](const gap& g) { heard.push_back(-static_cast<int>(g.missed)); },
                      [this](errc why) { ended.push_back(why); }});
    });
  }
  void publish(int from, int to) {
    for (int n = from; n <= to; ++n) news.publish(happening{n});
  }

  event_bus bus{system};
  lifeline::topic news = bus.topic("news", {.window = 100});
  std::shared_ptr<subscription> place;
  std::vector<int> heard;
  std::vector<errc> ended;
};

TEST_F(a_listening_actor, receives_events_between_its_messages) {
  const auto a = spawn_listener(root);
  publish(1, 2);
  EXPECT_TRUE(heard.empty());
  run();
  publish(3, 3);
  run();
  EXPECT_EQ(heard, (std::vector<int>{1, 2, 3}));
}

TEST_F(a_listening_actor, receives_a_gap_if_it_was_too_slow) {
  const auto a = spawn_listener(root);
  publish(1, 150);
  run();
  ASSERT_EQ(heard.size(), 101U);
  EXPECT_EQ(heard[0], -50);
  EXPECT_EQ(heard.back(), 150);
}

TEST_F(a_listening_actor, stops_with_its_context_and_gets_the_reason) {
  auto life = with_cancel(root);
  const auto a = spawn_listener(life.ctx());
  life.cancel();
  run();
  EXPECT_EQ(ended, (std::vector<errc>{errc::canceled}));
  publish(1, 1);
  run();
  EXPECT_TRUE(heard.empty());
}

TEST_F(a_listening_actor, unsubscribes_when_it_ends) {
  const auto a = spawn_listener(root);
  end(a);
  EXPECT_EQ(place->over(), errc::unreachable);
  publish(1, 1);
  run();
  EXPECT_TRUE(heard.empty());
  EXPECT_TRUE(ended.empty());
}

TEST_F(a_listening_actor, is_kept_alive_by_its_subscription_alone_until_that_ends) {
  auto life = with_cancel(root);
  spawn_listener(life.ctx());  // nobody else holds it
  publish(1, 1);
  run();
  EXPECT_EQ(heard, (std::vector<int>{1}));
  life.cancel();
  run();
  EXPECT_EQ(ended, (std::vector<errc>{errc::canceled}));
}

TEST_F(a_listening_actor, may_end_its_subscription_inside_a_handler) {
  const auto a = spawn_doing([this](caf::event_based_actor* self) {
    place = listen(self, root, bus, {}, {[this](const event& e) {
                     heard.push_back(testing::number_of(e));
                     place->end();
                   }});
  });
  publish(1, 1);
  run();
  publish(2, 2);
  run();
  EXPECT_EQ(heard, (std::vector<int>{1}));
}

TEST_F(a_listening_actor, receives_nothing_more_once_it_has_quit) {
  const auto a = spawn_doing([this](caf::event_based_actor* self) {
    place = listen(self, root, bus, {}, {[this, self](const event& e) {
                     heard.push_back(testing::number_of(e));
                     self->quit();
                   }});
  });
  publish(1, 1);
  run();
  EXPECT_EQ(place->over(), errc::unreachable);
  publish(2, 2);
  run();
  EXPECT_EQ(heard, (std::vector<int>{1}));
}

TEST_F(a_listening_actor, receives_the_last_events_before_the_bus_closes) {
  const auto a = spawn_listener(root);
  publish(1, 2);
  bus.close();
  run();
  EXPECT_EQ(heard, (std::vector<int>{1, 2}));
  EXPECT_EQ(ended, (std::vector<errc>{errc::canceled}));
}

/// Many short subscriptions of one actor that goes on.
TEST_F(a_listening_actor, leaves_nothing_on_the_bus_when_a_subscription_has_ended) {
  std::vector<std::shared_ptr<subscription>> kept;
  const auto a = spawn_doing([&](caf::event_based_actor* self) {
    for (int i = 0; i < 100; ++i) {
      const auto request = with_cancel(root);
      auto one = listen(
          self, request.ctx(), bus, {},
          {.on_event = [](const event&) {}, .on_end = [this](errc why) { ended.push_back(why); }});
      if (i % 2 == 0) kept.push_back(std::move(one));  // for its counts
    }
  });
  EXPECT_EQ(bus.subscribers(), 0U) << "before their actor has heard of it";
  run();
  EXPECT_EQ(ended, std::vector(100, errc::canceled));
  publish(1, 1);
  EXPECT_TRUE(bus.figures().empty());
  for (const auto& one : kept) EXPECT_TRUE(one->counts().balances());
}

TEST_F(a_listening_actor, keeps_nothing_of_a_subscription_that_has_ended) {
  std::weak_ptr<int> held;
  std::weak_ptr<subscription> sub;
  auto life = with_cancel(root);
  const auto a = spawn_doing([&](caf::event_based_actor* self) {
    auto what = std::make_shared<int>(1);
    held = what;
    sub = listen(self, life.ctx(), bus, {}, {.on_event = [what](const event&) {}});
  });
  publish(1, 1);
  run();
  EXPECT_FALSE(held.expired());
  life.cancel();
  run();
  EXPECT_TRUE(held.expired()) << "though the actor lives";
  EXPECT_TRUE(sub.expired());
}

}  // namespace
}  // namespace lifeline
