#include "lifeline/bus/asio_events.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "actor/actor_fixture.hpp"
#include "bus/bus_fixture.hpp"
#include "lifeline/bus/event_bus.hpp"

namespace lifeline {
namespace {

namespace asio = boost::asio;
using std::chrono::seconds;
using testing::happening;
using testing::words_of;

struct a_coroutine_that_listens : testing::actor_fixture {
  void run_all() {
    run();
    io.restart();
    io.poll();
  }
  asio::awaitable<void> listen_to(subscription& from, context wait) {
    while (!from.over() && !wait.done()) {
      co_await wait_for_events(wait, from);
      for (const bus_item& item : from.read()) heard += words_of({item}) + ' ';
    }
    heard += "over";
  }

  asio::io_context io;
  event_bus bus{system};
  lifeline::topic news = bus.topic("news", {.window = 2});
  std::string heard;
};

TEST_F(a_coroutine_that_listens, is_resumed_when_there_is_something_to_read) {
  auto s = bus.subscribe(root);
  asio::co_spawn(io, listen_to(s, root), asio::detached);
  run_all();
  news.publish(happening{1});
  run_all();
  EXPECT_EQ(heard, "1 ");
  for (int i = 2; i <= 5; ++i) news.publish(happening{i});
  run_all();
  EXPECT_EQ(heard, "1 -2 4 5 ");
  bus.close();
  run_all();
  EXPECT_EQ(heard, "1 -2 4 5 over");
}

TEST_F(a_coroutine_that_listens, is_resumed_at_the_end_of_its_wait_and_can_wait_again) {
  auto s = bus.subscribe(root);
  const auto wait = with_timeout(root, seconds(15));
  asio::co_spawn(io, listen_to(s, wait.ctx()), asio::detached);
  run_all();
  time.advance(seconds(15));
  run_all();
  EXPECT_EQ(heard, "over");
  EXPECT_FALSE(s.over());
  heard.clear();
  const auto next = with_timeout(root, seconds(15));
  asio::co_spawn(io, listen_to(s, next.ctx()), asio::detached);
  news.publish(happening{1});
  run_all();
  EXPECT_EQ(heard, "1 ");
  time.advance(seconds(15));
  run_all();
}

TEST_F(a_coroutine_that_listens, goes_on_when_its_subscription_is_ended_by_another) {
  auto s = bus.subscribe(root);
  asio::co_spawn(io, listen_to(s, root), asio::detached);
  run_all();
  s.end();
  run_all();
  EXPECT_EQ(heard, "over");
}

}  // namespace
}  // namespace lifeline
