#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "actor/actor_fixture.hpp"
#include "bus/bus_fixture.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "random_seed.hpp"

namespace lifeline {
namespace {

using testing::happening;

constexpr const char* names[] = {"a", "b.x", "b.y"};
constexpr const char* patterns[] = {"**", "b.*", "a"};

/// A subscriber, and all events that it should have been offered.
struct reader {
  cancel_scope life;
  subscription place;
  std::size_t pattern = 0;
  int modulus = 1;  ///< it wants the numbers that this divides
  bool waits = false;
  std::map<std::string, std::uint64_t> heard_up_to{};
  subscription_counts counts{};
};

struct the_bus_beside_a_model : testing::actor_fixture {
  bool concerns(const reader& r, std::size_t t) const {
    return r.pattern == 0 || (r.pattern == 1) == (t != 0);
  }

  void subscribe() {
    auto life = with_cancel(root);
    const std::size_t pattern = random() % 3;
    const int modulus = 1 + static_cast<int>(random() % 3);
    auto r = std::make_unique<reader>(reader{std::move(life), {}, pattern, modulus});
    r->place = bus.subscribe(r->life.ctx(),
                             {.topics = patterns[pattern], .wanted = [modulus](const event& e) {
                                return testing::number_of(e) % modulus == 0;
                              }});
    for (std::size_t t = 0; t < 3; ++t)
      if (concerns(*r, t)) r->heard_up_to[names[t]] = published[t].size();
    readers.push_back(std::move(r));
  }

  void publish() {
    const std::size_t t = random() % 3;
    for (auto n = 1 + random() % 5; n != 0; --n) {
      const int number = static_cast<int>(random() % 1'000);
      published[t].push_back(number);
      bus.topic(names[t], {.window = 8}).publish(happening{number});
    }
  }

  std::size_t place_of(const std::string& topic) {
    return static_cast<std::size_t>(std::find(names, names + 3, topic) - names);
  }

  /// Events skipped before `next` without a gap must have been rejected by its filter.
  void pass(reader& r, const std::string& topic, std::uint64_t next) {
    auto& at = r.heard_up_to[topic];
    while (++at < next) {
      ASSERT_NE(published[place_of(topic)][at - 1] % r.modulus, 0) << "left out";
      ++r.counts.filtered;
    }
    ASSERT_EQ(at, next);
  }

  void hear(reader& r, const bus_item& item) {
    if (const auto* g = std::get_if<gap>(&item)) {
      pass(r, g->topic, g->last - g->missed + 1);
      r.heard_up_to[g->topic] = g->last;
      r.counts.missed += g->missed;
      return;
    }
    const event& e = *std::get<event_ptr>(item);
    pass(r, e.topic(), e.sequence());
    ASSERT_EQ(published[place_of(e.topic())][e.sequence() - 1], testing::number_of(e));
    ++r.counts.delivered;
  }

  void read(reader& r) {
    for (const bus_item& item : r.place.read(1 + random() % 10)) hear(r, item);
    const auto n = r.place.counts();
    ASSERT_EQ(n.delivered, r.counts.delivered);
    ASSERT_EQ(n.missed, r.counts.missed);
    ASSERT_TRUE(n.balances());
  }

  std::mt19937_64 random{testing::random_seed()};
  event_bus bus{system};
  std::vector<std::unique_ptr<reader>> readers;
  std::vector<int> published[3];
};

TEST_F(the_bus_beside_a_model, reports_every_missed_event) {
  for (int step = 0; step < 20'000; ++step) {
    switch (random() % 8) {
      case 0:
        if (readers.size() < 12) subscribe();
        break;
      case 1:
        if (!readers.empty() && random() % 4 == 0) {
          const auto at = readers.begin() + static_cast<long>(random() % readers.size());
          if (random() % 2 == 0) (*at)->life.cancel();
          readers.erase(at);
        }
        break;
      case 2:
      case 3: publish(); break;
      case 4: run(); break;
      case 5:
        for (const auto& r : readers)
          if (!r->waits) r->waits = r->place.when_ready([w = r.get()] { w->waits = false; });
        break;
      default:
        if (!readers.empty()) read(*readers[random() % readers.size()]);
    }
    if (HasFatalFailure()) return;
  }
  // Subscribers that still wait have nothing to read; those with events were woken.
  run();
  for (const auto& r : readers)
    if (r->waits) {
      ASSERT_EQ(r->place.read().size(), 0U);
    }
  readers.clear();
  const auto n = bus.losses().read();
  EXPECT_TRUE(n.balances());
  EXPECT_GT(n.handled, 1'000U);
  EXPECT_GT(n.dropped, 100U);
  EXPECT_EQ(bus.subscribers(), 0U);
}

}  // namespace
}  // namespace lifeline
