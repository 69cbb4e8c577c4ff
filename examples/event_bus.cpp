// Three subscribers on one bus. An actor leaves after the event it waited for. A board reads only
// the latest price of each fruit. A slow reader gets a gap with the number of events it missed. The
// publisher waits for none of them.

#include <cstdio>
#include <latch>
#include <string>
#include <thread>

#include "lifeline/actor/runtime.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/bus/listen.hpp"

using namespace lifeline;

struct price {
  std::string fruit;
  int cents = 0;
};

std::string fruit_of(const event& e) { return e.as<price>()->fruit; }

void print(const char* who, const event& e) {
  const auto* p = e.as<price>();
  std::printf("%s: %s costs %d\n", who, p->fruit.c_str(), p->cents);
}

void shopper(caf::event_based_actor* self, event_bus* bus, std::latch* heard) {
  listen(self, background(), *bus, {.topics = "market.*"}, {[=](const event& e) {
           print("shopper", e);
           heard->count_down();
           self->quit();
         }});
}

int main() {
  runtime rt;
  {
    event_bus bus(rt.system());
    const auto market = bus.topic("market.fruit", {.window = 2, .key_of = fruit_of});
    auto board = bus.subscribe(background(), {.policy = when_behind::hears_latest_of_key});
    auto sleeper = bus.subscribe(background());

    std::latch heard(1);
    rt.system().spawn(shopper, &bus, &heard);
    while (bus.subscribers() < 3) std::this_thread::yield();
    market.publish(price{"apples", 120});
    heard.wait();

    market.publish(price{"pears", 210});
    market.publish(price{"apples", 90});
    for (const auto& item : board.read()) print("board", *std::get<event_ptr>(item));
    for (const auto& item : sleeper.read()) {
      if (const auto* g = std::get_if<gap>(&item)) {
        std::printf("sleeper: missed %d\n", static_cast<int>(g->missed));
      } else {
        print("sleeper", *std::get<event_ptr>(item));
      }
    }
    const auto n = board.counts();
    std::printf("board: %d offered, %d delivered, %d out of date\n", static_cast<int>(n.offered),
                static_cast<int>(n.delivered), static_cast<int>(n.missed));
  }
}
