// One deadline for three actors. A customer gives the shop one second. The shop asks the warehouse
// and the warehouse asks the truck, each with the context it was given; each takes 300 ms. The
// truck never answers. No actor sets a timer, yet all three stop at the same instant.

#include <atomic>
#include <cstdio>
#include <string>
#include <string_view>

#include "lifeline/actor/ask.hpp"
#include "lifeline/actor/message.hpp"
#include "lifeline/actor/reply.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/time/manual_clock.hpp"

using namespace lifeline;
using namespace std::chrono_literals;

struct deliver {
  int parcel = 0;
};
LIFELINE_MESSAGE(deliver);

struct delivered {
  int parcel = 0;
};
LIFELINE_MESSAGE(delivered);

#if LIFELINE_CAF_1
CAF_BEGIN_TYPE_ID_BLOCK(example, caf::id_block::lifeline::end)
CAF_ADD_TYPE_ID(example, (deliver))
CAF_ADD_TYPE_ID(example, (delivered))
CAF_END_TYPE_ID_BLOCK(example)
#endif

/// Shared by the actors of this example. With a manual clock the example takes no time.
struct world {
  manual_clock time;
  loss losses;
  std::atomic<int> waiting{0};  // actors with a request
  std::atomic<bool> at_the_end{false};
  std::atomic<bool> answered{false};
};

long long milliseconds_left(const context& ctx) { return ctx.remaining() / 1ms; }

/// Passes the parcel on, within the time left of the customer's second.
caf::behavior station(caf::event_based_actor* self, world* w, const char* name, caf::actor next) {
  return {
      shed(self, w->losses, [=](const context& ctx, const deliver& m) -> caf::result<delivered> {
        std::printf("%s: %lld ms left\n", name, milliseconds_left(ctx));
        w->time.advance(300ms);
        ++w->waiting;
        const reply answer(self);
        const auto free = [=] {
          --w->waiting;
          w->waiting.notify_all();
        };
        ask(self, ctx, next, m)
            .then([=](const delivered& d) { free(), answer(d); },
                  [=](errc e) { free(), answer.fail(e); });
        return answers_later<delivered>();
      })};
}

struct truck_state {
  reply kept;
};
caf::behavior truck(caf::stateful_actor<truck_state>* self, world* w) {
  return {shed(self, w->losses, [=](const context& ctx, const deliver&) -> caf::result<delivered> {
    std::printf("truck: %lld ms left, and it never answers\n", milliseconds_left(ctx));
    state_of(self).kept = reply(self);
    w->at_the_end = true;
    w->at_the_end.notify_all();
    return answers_later<delivered>();
  })};
}

caf::behavior customer(caf::event_based_actor* self, world* w, context ctx, caf::actor shop) {
  const time_point begin = w->time.now();
  const auto stop = [=] {
    w->answered = true;
    w->answered.notify_all();
    self->quit();
  };
  ask(self, ctx, shop, deliver{1})
      .then([=](const delivered&) { stop(); },
            [=](errc e) {
              std::printf("customer: %s after %lld ms\n", std::string(to_string(e)).c_str(),
                          static_cast<long long>((w->time.now() - begin) / 1ms));
              stop();
            });
  return {[](const delivered&) {}};
}

int main() {
#if LIFELINE_CAF_1
  caf::init_global_meta_objects<caf::id_block::example>();
#endif
  world w;
  runtime rt({}, w.time);
  const auto request = with_timeout(rt.background(), 1s);
  const caf::actor last = rt.system().spawn(truck, &w);
  const caf::actor warehouse = rt.system().spawn(station, &w, "warehouse", last);
  const caf::actor shop = rt.system().spawn(station, &w, "shop", warehouse);
  rt.system().spawn(customer, &w, request.ctx(), shop);

  w.at_the_end.wait(false);
  w.time.advance(400ms);  // the rest of the second
  w.answered.wait(false);
  for (int n = w.waiting; n != 0; n = w.waiting) w.waiting.wait(n);
  std::puts("all three actors are free again");
  for (const auto& a : {shop, warehouse, last})
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(a), caf::exit_reason::user_shutdown);
}
