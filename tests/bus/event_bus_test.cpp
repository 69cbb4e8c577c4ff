#include "lifeline/bus/event_bus.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "actor/actor_fixture.hpp"
#include "bus/bus_fixture.hpp"

namespace lifeline {
namespace {

using std::chrono::seconds;
using testing::about_people;
using testing::happening;
using testing::words_of;

struct an_event_bus : testing::actor_fixture {
  void publish(const lifeline::topic& to, int from, int up_to) {
    for (int n = from; n <= up_to; ++n) to.publish(happening{n, n % 2 == 0 ? "even" : "odd"});
  }
  /// Counts its calls.
  auto counting() {
    return [this] { ++told; };
  }

  event_bus bus{system};
  lifeline::topic news = bus.topic("news", about_people(4));
  int told = 0;
};

TEST_F(an_event_bus, gives_every_subscriber_all_events_in_one_order) {
  auto one = bus.subscribe(root);
  auto two = bus.subscribe(root);
  publish(news, 1, 3);
  EXPECT_EQ(words_of(one.read()), "1 2 3");
  EXPECT_EQ(words_of(two.read(2)), "1 2");
  EXPECT_EQ(words_of(two.read(2)), "3");
  EXPECT_EQ(words_of(two.read(2)), "");
}

TEST_F(an_event_bus, knows_the_largest_lag) {
  EXPECT_EQ(bus.most_behind(), 0U);
  auto quick = bus.subscribe(root);
  auto slow = bus.subscribe(root);
  publish(news, 1, 3);
  EXPECT_EQ(words_of(quick.read()), "1 2 3");
  EXPECT_EQ(bus.most_behind(), 3U);
  EXPECT_EQ(words_of(slow.read(2)), "1 2");
  EXPECT_EQ(bus.most_behind(), 1U);
}

TEST_F(an_event_bus, shares_one_event_among_all) {
  auto one = bus.subscribe(root);
  auto two = bus.subscribe(root);
  publish(news, 1, 1);
  EXPECT_EQ(std::get<event_ptr>(one.read()[0]), std::get<event_ptr>(two.read()[0]));
}

TEST_F(an_event_bus, begins_with_what_is_published_from_now_on_or_where_it_is_told) {
  publish(news, 1, 6);
  auto now = bus.subscribe(root);
  auto oldest = bus.subscribe(root, {.from_the_oldest = true});
  auto behind_four = bus.subscribe(root, {.after = {{"news", 4}}});
  auto behind_one = bus.subscribe(root, {.after = {{"news", 1}}});
  auto ahead = bus.subscribe(root, {.after = {{"news", 99}}});
  EXPECT_EQ(words_of(now.read()), "");
  EXPECT_EQ(words_of(oldest.read()), "3 4 5 6");
  EXPECT_EQ(words_of(behind_four.read()), "5 6");
  EXPECT_EQ(words_of(behind_one.read()), "-1 3 4 5 6");
  publish(news, 7, 7);
  EXPECT_EQ(words_of(now.read()), "7");
  EXPECT_EQ(words_of(ahead.read()), "7");
}

TEST_F(an_event_bus, tells_a_slow_subscriber_how_much_it_missed_and_goes_on) {
  auto slow = bus.subscribe(root);
  publish(news, 1, 10);
  const auto heard = slow.read();
  EXPECT_EQ(words_of(heard), "-6 7 8 9 10");
  EXPECT_EQ(std::get<gap>(heard[0]), (gap{"news", 6, 6}));
  const auto n = slow.counts();
  EXPECT_EQ(n.offered, 10U);
  EXPECT_EQ(n.delivered, 4U);
  EXPECT_EQ(n.missed, 6U);
}

TEST_F(an_event_bus, subscribes_by_pattern_also_to_later_topics) {
  auto some = bus.subscribe(root, {.topics = "orders.*"});
  publish(news, 1, 1);
  const auto orders = bus.topic("orders.eu");
  publish(orders, 2, 3);
  EXPECT_EQ(words_of(some.read()), "2 3");
  EXPECT_EQ(words_of(some.read()), "");
  EXPECT_EQ(some.counts().offered, 2U);
}

TEST_F(an_event_bus, wakes_a_subscriber_that_waits_for_a_later_topic) {
  auto some = bus.subscribe(root, {.topics = "orders.*"});
  ASSERT_TRUE(some.when_ready(counting()));
  publish(bus.topic("orders.eu"), 1, 1);
  run();
  EXPECT_EQ(told, 1);
}

TEST_F(an_event_bus, gives_the_same_topic_under_the_same_name) {
  bus.topic("news").publish(happening{1});
  EXPECT_EQ(news.last_sequence(), 1U);
}

TEST_F(an_event_bus, lets_each_topic_have_its_turn) {
  const auto other = bus.topic("other");
  auto both = bus.subscribe(root);
  publish(news, 1, 4);
  publish(other, 11, 14);
  const std::string first = words_of(both.read(2));
  EXPECT_NE(first[0] == '1' && first.size() > 4, words_of(both.read(2)).size() > 4)
      << "two of the one, then two of the other";
}

TEST_F(an_event_bus, filters_on_the_subscribers_side_and_counts_it) {
  auto even = bus.subscribe(
      root, {.wanted = [](const event& e) { return testing::number_of(e) % 2 == 0; }});
  publish(news, 1, 4);
  EXPECT_EQ(words_of(even.read()), "2 4");
  EXPECT_EQ(even.counts().filtered, 2U);
  EXPECT_TRUE(even.counts().balances());
}

TEST_F(an_event_bus, drops_the_oldest_beyond_a_bound_if_requested) {
  auto s = bus.subscribe(root, {.policy = when_behind::drops_oldest, .bound = 2});
  publish(news, 1, 9);
  EXPECT_EQ(words_of(s.read()), "8 9");
  EXPECT_EQ(s.counts().missed, 7U);
}

TEST_F(an_event_bus, gives_the_latest_of_each_key_if_requested) {
  auto s = bus.subscribe(root, {.policy = when_behind::hears_latest_of_key});
  publish(news, 1, 9);
  EXPECT_EQ(words_of(s.read()), "8 9");
  EXPECT_TRUE(s.counts().balances());
}

TEST_F(an_event_bus, has_no_latest_of_a_key_where_there_are_no_keys) {
  const auto plain = bus.topic("plain");
  EXPECT_THROW(bus.subscribe(root, {.policy = when_behind::hears_latest_of_key}),
               std::invalid_argument);
  EXPECT_EQ(bus.subscribers(), 0U);
}

TEST_F(an_event_bus, disconnects_a_slow_subscriber_if_requested) {
  auto s = bus.subscribe(root, {.policy = when_behind::is_disconnected, .bound = 2});
  publish(news, 1, 2);
  EXPECT_EQ(words_of(s.read()), "1 2");
  publish(news, 3, 5);
  EXPECT_FALSE(s.over());
  EXPECT_EQ(words_of(s.read()), "");
  EXPECT_EQ(s.over(), errc::overloaded);
  EXPECT_EQ(s.counts().missed, 3U);
  EXPECT_TRUE(s.counts().balances());
}

TEST_F(an_event_bus, wakes_a_waiting_subscriber_once_and_only_through_its_waker) {
  auto s = bus.subscribe(root);
  ASSERT_TRUE(s.when_ready(counting()));
  publish(news, 1, 3);
  EXPECT_EQ(told, 0) << "not inside `publish`";
  run();
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(s.when_ready(counting())) << "there is something to read";
  s.read();
  EXPECT_TRUE(s.when_ready(counting()));
  run();
  EXPECT_EQ(told, 1);
  publish(news, 4, 4);
  run();
  EXPECT_EQ(told, 2);
}

TEST_F(an_event_bus, wakes_thousands_a_few_at_a_time) {
  std::vector<subscription> many;
  for (int i = 0; i < 2'000; ++i) {
    many.push_back(bus.subscribe(root));
    ASSERT_TRUE(many.back().when_ready(counting()));
  }
  publish(news, 1, 1);
  run();
  EXPECT_EQ(told, 2'000);
}

TEST_F(an_event_bus, wakes_subscribers_that_wait_again_while_others_are_woken) {
  auto early = bus.subscribe(root);
  auto late = bus.subscribe(root);
  ASSERT_TRUE(early.when_ready([&] {
    early.read();
    publish(news, 2, 2);  // in the middle of the round
    late.read();
    late.when_ready(counting());
    publish(news, 3, 3);
  }));
  ASSERT_TRUE(late.when_ready(counting()));
  publish(news, 1, 1);
  run();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(words_of(late.read()), "3");
}

TEST_F(an_event_bus, ends_a_subscription_with_its_context) {
  auto life = with_timeout(root, seconds(5));
  auto s = bus.subscribe(life.ctx());
  ASSERT_TRUE(s.when_ready(counting()));
  time.advance(seconds(5));
  EXPECT_EQ(told, 1);
  EXPECT_EQ(s.over(), errc::deadline_exceeded);
  publish(news, 1, 2);
  EXPECT_EQ(words_of(s.read()), "");
  EXPECT_EQ(s.counts().offered, 0U);
}

TEST_F(an_event_bus, begins_nothing_under_a_context_that_is_done) {
  auto life = with_cancel(root);
  life.cancel();
  auto s = bus.subscribe(life.ctx());
  EXPECT_EQ(s.over(), errc::canceled);
  EXPECT_FALSE(s.when_ready(counting()));
}

TEST_F(an_event_bus, counts_what_was_not_read_as_missed_when_a_subscription_ends) {
  auto s = bus.subscribe(root);
  publish(news, 1, 3);
  s.read(1);
  EXPECT_EQ(s.counts().pending, 2U);
  s.end();
  EXPECT_EQ(s.over(), errc::unreachable);
  const auto n = s.counts();
  EXPECT_EQ(n.pending, 0U);
  EXPECT_EQ(n.missed, 2U);
  EXPECT_TRUE(n.balances());
}

TEST_F(an_event_bus, removes_a_subscriber_that_ended_while_it_waited) {
  {
    auto s = bus.subscribe(root);
    ASSERT_TRUE(s.when_ready(counting()));
    EXPECT_EQ(bus.subscribers(), 1U);
  }
  EXPECT_EQ(bus.subscribers(), 0U);
  EXPECT_EQ(told, 1) << "that it is over";
  publish(news, 1, 1);
  run();
  EXPECT_EQ(told, 1);
}

TEST_F(an_event_bus, lets_all_be_read_that_came_before_it_was_closed) {
  auto s = bus.subscribe(root);
  auto waits = bus.subscribe(root, {.topics = "nothing"});
  ASSERT_TRUE(waits.when_ready(counting()));
  publish(news, 1, 2);
  bus.close();
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(s.over());
  EXPECT_EQ(words_of(s.read()), "1 2");
  EXPECT_EQ(words_of(s.read()), "");
  EXPECT_EQ(s.over(), errc::canceled);
  EXPECT_EQ(bus.subscribe(root).read().size(), 0U);
}

TEST_F(an_event_bus, may_go_before_its_subscribers_and_topics) {
  subscription s;
  lifeline::topic t;
  {
    event_bus short_lived(system);
    t = short_lived.topic("news");
    s = short_lived.subscribe(root);
    t.publish(happening{1});
  }
  EXPECT_EQ(words_of(s.read()), "1");
  s.read();
  EXPECT_EQ(s.over(), errc::canceled);
  EXPECT_EQ(t.publish(happening{2}), 2U);
}

TEST_F(an_event_bus, takes_numbered_events_in_their_order_only) {
  auto s = bus.subscribe(root);
  EXPECT_TRUE(news.publish_as(1, happening{1}));
  EXPECT_FALSE(news.publish_as(1, happening{1})) << "published before";
  EXPECT_FALSE(news.publish_as(3, happening{3})) << "2 is missing";
  news.skip_to(10);
  EXPECT_TRUE(news.publish_as(11, happening{11}));
  EXPECT_EQ(words_of(s.read()), "-10 11");
}

TEST_F(an_event_bus, balances_in_the_loss_ledger) {
  auto a = bus.subscribe(root);
  auto b =
      bus.subscribe(root, {.wanted = [](const event& e) { return testing::number_of(e) > 8; }});
  publish(news, 1, 10);
  a.read();
  b.read();
  auto c = bus.subscribe(root);
  publish(news, 11, 11);
  a.end();
  b.end();
  c.end();
  const auto n = bus.losses().read();
  EXPECT_EQ(n.offered, 11U + 11U + 1U);
  EXPECT_EQ(n.handled, 4U + 2U);
  EXPECT_EQ(n.filtered, 2U);
  EXPECT_TRUE(n.balances());
}

TEST_F(an_event_bus, does_nothing_through_empty_handles) {
  EXPECT_EQ(lifeline::topic().publish(happening{1}), 0U);
  EXPECT_EQ(subscription().over(), errc::unreachable);
  EXPECT_TRUE(subscription().read().empty());
}

}  // namespace
}  // namespace lifeline
