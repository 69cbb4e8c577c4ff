#include <map>

#include "actor/actor_fixture.hpp"
#include "bus/bus_fixture.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/bus/listen.hpp"
#include "observe/kept_spans.hpp"

namespace lifeline {
namespace {

using testing::happening;
using testing::shape_of;

struct a_traced_event : testing::actor_fixture {
  context traced() const { return with_value(root, trace_key, trace_state{&by, top}); }
  void spawn_listeners(int count) {
    for (int i = 0; i < count; ++i)
      spawn_doing([this](caf::event_based_actor* self) {
        listen(self, root, bus, {}, {[this](const event&) { ++heard; }});
      });
  }

  testing::kept_spans kept;
  tracer by{kept, 1, time};
  trace_parent top = by.begin(nullptr);
  event_bus bus{system};
  lifeline::topic news = bus.topic("news", {.window = 100});
  int heard = 0;
};

TEST_F(a_traced_event, is_a_span_where_it_is_published_and_where_it_is_delivered) {
  spawn_listeners(2);
  EXPECT_EQ(news.publish(traced(), happening{1}), 1U);
  EXPECT_TRUE(news.publish_as(traced(), 2, happening{2}));
  run();
  EXPECT_EQ(heard, 4);
  const auto all = kept.of(top.trace);
  EXPECT_EQ(all.size(), 6U);
  EXPECT_EQ(shape_of(all),
            (std::set<std::string>{"publish news in ", "deliver news in publish news"}));
  EXPECT_EQ(kept.named("publish news").at(0).parent, top.span);
  EXPECT_EQ(kept.named("publish news").at(0).kind, span_kind::producer);
  EXPECT_EQ(kept.named("deliver news").at(0).kind, span_kind::consumer);
}

TEST_F(a_traced_event, has_a_span_for_some_of_its_many_deliveries_only) {
  spawn_listeners(40);
  news.publish(traced(), happening{1});
  run();
  EXPECT_EQ(heard, 40);
  EXPECT_EQ(kept.named("deliver news").size(), 16U);
}

TEST_F(a_traced_event, without_a_recorded_trace_has_no_spans) {
  spawn_listeners(1);
  news.publish(happening{1});
  news.publish(root, happening{2});
  EXPECT_TRUE(news.publish_as(root, 3, happening{3}));
  run();
  EXPECT_EQ(heard, 3);
  EXPECT_TRUE(kept.all().empty());
}

TEST_F(a_traced_event, on_no_topic_is_nothing) {
  EXPECT_EQ(lifeline::topic().publish(traced(), happening{1}), 0U);
  EXPECT_FALSE(lifeline::topic().publish_as(traced(), 1, happening{1}));
  EXPECT_TRUE(kept.all().empty());
}

TEST_F(a_traced_event, is_counted_for_each_subscriber_that_has_not_read_it) {
  subscription_options slow;
  slow.kind = "stream";
  slow.who = "alice";
  auto first = bus.subscribe(root, slow);
  auto second = bus.subscribe(root);
  for (int n = 1; n <= 3; ++n) news.publish(happening{n});
  second.read();
  std::map<std::string, std::uint64_t> lag;
  for (const subscriber_figures& f : bus.figures()) lag[f.kind + "/" + f.who] = f.counts.pending;
  EXPECT_EQ(lag, (std::map<std::string, std::uint64_t>{{"stream/alice", 3}, {"reader/", 0}}));
  EXPECT_EQ(bus.most_behind(), 3U);
  first = {};
  EXPECT_EQ(bus.figures().size(), 1U);
}

}  // namespace
}  // namespace lifeline
