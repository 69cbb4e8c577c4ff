#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <latch>
#include <random>
#include <thread>
#include <vector>

#include "bus/bus_fixture.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/bus/listen.hpp"
#include "random_seed.hpp"

namespace lifeline {
namespace {

using testing::happening;

struct the_bus_among_threads : ::testing::Test {
  runtime rt{{.workers = 2}};
  event_bus bus{rt.system()};
  lifeline::topic news = bus.topic("news", {.window = 64});

  /// Reads to the end; returns the last sequence. Fails if events came out of order or were missed
  /// without a gap.
  std::uint64_t read_all(subscription& s, bool slowly) {
    std::uint64_t at = 0;
    while (!s.over()) {
      for (const bus_item& item : s.wait_and_read(rt.background(), slowly ? 1 : 64)) {
        if (const auto* g = std::get_if<gap>(&item)) {
          at += g->missed;
          EXPECT_EQ(at, g->last);
        } else {
          EXPECT_EQ(std::get<event_ptr>(item)->sequence(), ++at);
        }
      }
    }
    return at;
  }
};

TEST_F(the_bus_among_threads, gives_every_reader_all_events_in_one_order_or_the_number_missed) {
  constexpr int readers = 4;
  constexpr int publishers = 2;
  constexpr int each = 20'000;
  std::vector<subscription> places(readers);
  for (auto& p : places) p = bus.subscribe(rt.background());
  std::vector<std::uint64_t> ends(readers);
  std::vector<std::thread> threads;
  for (int r = 0; r < readers; ++r)
    threads.emplace_back([&, r] { ends[r] = read_all(places[r], r == 0); });
  std::vector<std::thread> speakers;
  for (int p = 0; p < publishers; ++p)
    speakers.emplace_back([&] {
      for (int i = 0; i < each; ++i) news.publish(happening{i});
    });
  for (auto& s : speakers) s.join();
  bus.close();
  for (auto& t : threads) t.join();
  for (int r = 0; r < readers; ++r) {
    EXPECT_EQ(ends[r], static_cast<std::uint64_t>(publishers * each));
    const auto n = places[r].counts();
    EXPECT_EQ(n.offered, ends[r]);
    EXPECT_EQ(n.pending, 0U);
    EXPECT_TRUE(n.balances());
  }
}

/// Each event is published only after all subscribers received the one before: a lost wake-up would
/// stop this forever.
TEST_F(the_bus_among_threads, never_loses_a_wake_up) {
  constexpr int readers = 3;
  constexpr int rounds = 3'000;
  std::barrier met(readers + 1);
  std::vector<subscription> places(readers);
  for (auto& p : places) p = bus.subscribe(rt.background());
  std::vector<std::thread> threads;
  for (int r = 0; r < readers; ++r)
    threads.emplace_back([&, r] {
      for (int i = 0; i < rounds; ++i) {
        EXPECT_EQ(places[r].wait_and_read(rt.background()).size(), 1U);
        met.arrive_and_wait();
      }
    });
  for (int i = 0; i < rounds; ++i) {
    news.publish(happening{i});
    met.arrive_and_wait();
  }
  for (auto& t : threads) t.join();
}

TEST_F(the_bus_among_threads, lets_a_waiting_thread_go_with_its_context) {
  auto s = bus.subscribe(rt.background());
  auto life = with_cancel(rt.background());
  std::thread reader([&] { EXPECT_TRUE(s.wait_and_read(life.ctx()).empty()); });
  life.cancel();
  reader.join();
  EXPECT_FALSE(s.over());
}

/// Subscribers start and end, contexts end and topics appear, while others publish.
TEST_F(the_bus_among_threads, survives_subscribers_that_come_and_go) {
  const auto seed = testing::random_seed();
  std::atomic<bool> goes_on{true};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      std::mt19937_64 random(seed + t);
      for (int i = 0; i < 2'000; ++i) {
        auto life = with_cancel(rt.background());
        auto s = bus.subscribe(life.ctx());
        auto called = std::make_shared<std::atomic<int>>(0);
        for (auto n = random() % 4; n != 0; --n) {
          s.read(1 + random() % 8);
          s.when_ready([called] { ++*called; });
        }
        if (random() % 2 == 0) life.cancel();
        if (random() % 2 == 0) s.end();
        const auto n = s.counts();
        EXPECT_TRUE(n.balances());
      }
    });
  std::thread speaker([&] {
    for (int i = 0; goes_on; ++i) {
      news.publish(happening{i});
      if (i % 1'000 == 0) bus.topic("t" + std::to_string(i / 1'000 % 50)).publish(happening{i});
    }
  });
  for (auto& t : threads) t.join();
  goes_on = false;
  speaker.join();
  EXPECT_EQ(bus.subscribers(), 0U);
  EXPECT_TRUE(bus.losses().read().balances());
}

TEST_F(the_bus_among_threads, reaches_actors_while_others_publish) {
  constexpr int all = 20'000;
  std::latch done(2);
  std::atomic<int> heard{0};
  const auto hear = [&](caf::event_based_actor* self) -> caf::behavior {
    listen(self, rt.background(), bus, {},
           {[&](const event& e) {
              ++heard;
              if (e.sequence() == all) done.count_down();
            },
            [&](const gap& g) { heard += static_cast<int>(g.missed); }});
    return {[](int) {}};
  };
  const caf::actor actors[] = {rt.system().spawn(hear), rt.system().spawn(hear)};
  while (bus.subscribers() < 2) std::this_thread::yield();
  for (int i = 0; i < all; ++i) news.publish(happening{i});
  done.wait();
  EXPECT_EQ(heard, 2 * all);
  for (const auto& a : actors)
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(a), caf::exit_reason::user_shutdown);
}

}  // namespace
}  // namespace lifeline
