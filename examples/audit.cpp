// Work that outlives its request. The teller writes an audit record within a detached context: the
// same request id, no deadline, and not cancelled when the client hangs up.

#include <atomic>
#include <cstdio>
#include <string>

#include "lifeline/actor/ask.hpp"
#include "lifeline/actor/blocking.hpp"
#include "lifeline/actor/message.hpp"
#include "lifeline/actor/reply.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/actor/shed.hpp"

using namespace lifeline;
using namespace std::chrono_literals;

const context_key<std::string> request_id{"request_id"};

struct make_transfer {
  int amount = 0;
};
LIFELINE_MESSAGE(make_transfer);

struct transfer_made {
  int amount = 0;
};
LIFELINE_MESSAGE(transfer_made);

struct record_written {
  std::string text;
};
LIFELINE_MESSAGE(record_written);

#if LIFELINE_CAF_1
CAF_BEGIN_TYPE_ID_BLOCK(example, caf::id_block::lifeline::end)
CAF_ADD_TYPE_ID(example, (make_transfer))
CAF_ADD_TYPE_ID(example, (transfer_made))
CAF_ADD_TYPE_ID(example, (record_written))
CAF_END_TYPE_ID_BLOCK(example)
#endif

struct world {
  runtime rt;
  loss losses;
  cancel_scope request =
      with_timeout(with_value(rt.background(), request_id, std::string("r-17")), 10s);
  std::atomic<bool> recorded{false};
  std::atomic<bool> answered{false};
  errc end = errc::none;  // result of the customer's ask; set before `answered`
};

void say(const context& ctx, const char* what) {
  std::printf("request %s: %s\n", ctx.value(request_id)->c_str(), what);
}

void set(std::atomic<bool>& flag) {
  flag = true;
  flag.notify_all();
}

struct teller_state {
  reply kept;
};
caf::behavior teller(caf::stateful_actor<teller_state>* self, world* w) {
  return {shed(self, w->losses, [=](const context& ctx, const make_transfer&) {
    say(ctx, "the transfer is made");
    state_of(self).kept = reply(self);
    const context detached = without_cancel(ctx);
    call_blocking(self, detached, w->rt.blocking(), lane::background,
                  [](const context& c) {
                    return record_written{"request " + *c.value(request_id) + " made a transfer"};
                  })
        .then(
            [=](const record_written& r) {
              std::printf("audit: %s\n", r.text.c_str());
              set(w->recorded);
              self->quit();
            },
            [](errc) {});
    say(ctx, "the client hangs up");
    w->request.cancel();
    return answers_later<transfer_made>();
  })};
}

caf::behavior customer(caf::event_based_actor* self, world* w, caf::actor to) {
  ask(self, w->request.ctx(), to, make_transfer{100})
      .then([=](const transfer_made&) { self->quit(); },
            [=](errc e) {
              w->end = e;
              set(w->answered);
              self->quit();
            });
  return {[](const transfer_made&) {}};
}

int main() {
#if LIFELINE_CAF_1
  caf::init_global_meta_objects<caf::id_block::example>();
#endif
  world w;
  const caf::actor to = w.rt.system().spawn(teller, &w);
  w.rt.system().spawn(customer, &w, to);
  w.recorded.wait(false);
  w.answered.wait(false);
  std::printf("customer: %s\n", std::string(to_string(w.end)).c_str());
  w.rt.system().await_all_actors_done();
}
