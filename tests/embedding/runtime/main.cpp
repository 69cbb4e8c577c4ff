// An embedder's actor system with its own configuration, messages and type ids; its requests have a
// deadline.

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include <cstdio>
#include <string>
#include <vector>

#include "lifeline/actor/ask.hpp"
#include "lifeline/actor/message.hpp"
#include "lifeline/actor/shed.hpp"
#include "lifeline/actor/wire.hpp"
#include "lifeline/bus/event_bus.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace shop {

struct price_of {
  std::string article;
};
LIFELINE_MESSAGE(price_of);

struct price {
  int cents = 0;
};
LIFELINE_MESSAGE(price);

const lifeline::context_key<std::string> caller{"caller"};

}  // namespace shop

// The shop's block follows Lifeline's, wherever that begins.
#if LIFELINE_CAF_1
CAF_BEGIN_TYPE_ID_BLOCK(shop, caf::id_block::lifeline::end)
CAF_ADD_TYPE_ID(shop, (shop::price_of))
CAF_ADD_TYPE_ID(shop, (shop::price))
CAF_END_TYPE_ID_BLOCK(shop)
#endif

namespace shop {

struct config : lifeline::system_config {
  config() {
#if LIFELINE_CAF_1
    caf::init_global_meta_objects<caf::id_block::shop>();
#else
    add_message_type<price_of>("price_of");
    add_message_type<price>("price");
#endif
    values.add(caller);
    lifeline::configure_scheduler(*this, 2, 64);
  }
};

caf::behavior seller(caf::event_based_actor* self, lifeline::loss* losses) {
  return {lifeline::shed(self, *losses, [](const lifeline::context& ctx, const price_of& p) {
    return price{p.article == "tea" && *ctx.value(caller) == "alice" ? 350 : 0};
  })};
}

caf::behavior buyer(caf::event_based_actor* self, lifeline::context ctx, caf::actor from,
                    int* paid) {
  lifeline::ask(self, ctx, from, price_of{"tea"})
      .then(
          [=](const price& p) {
            *paid = p.cents;
            self->quit();
          },
          [=](lifeline::errc) { self->quit(); });
  return {[](const price&) {}};
}

/// A message with its context, as another node would receive it.
bool crosses_a_border(caf::actor_system& system, const lifeline::context& ctx) {
  auto sent = caf::make_message(ctx, price_of{"tea"});
  caf::message got;
#if LIFELINE_CAF_1
  caf::byte_buffer bytes;
  caf::binary_serializer out(system, bytes);
  if (!out.apply(sent)) return false;
  caf::binary_deserializer in(system, bytes);
  if (!in.apply(got)) return false;
#else
  std::vector<char> bytes;
  caf::binary_serializer out(system, bytes);
  if (out(sent)) return false;
  caf::binary_deserializer in(system, bytes);
  if (in(got)) return false;
#endif
  if (!got.match_elements<lifeline::context, price_of>()) return false;
  const auto& there = got.get_as<lifeline::context>(0);
  return there.deadline() && *there.value(caller) == "alice" &&
         got.get_as<price_of>(1).article == "tea";
}

/// A subscriber to the market's events.
int heard_on_a_bus(caf::actor_system& system) {
  lifeline::event_bus bus(system);
  auto ear = bus.subscribe(lifeline::background());
  bus.topic("market").publish(price{350});
  const auto items = ear.read();
  return items.size() == 1 ? std::get<lifeline::event_ptr>(items[0])->as<price>()->cents : 0;
}

}  // namespace shop

int main() {
  using namespace std::chrono_literals;
  int paid = 0;
  bool crossed = false;
  int heard = 0;
  lifeline::loss losses;
  shop::config cfg;
  {
    caf::actor_system system(cfg);
    const auto request = lifeline::with_timeout(
        lifeline::with_value(lifeline::background(), shop::caller, "alice"), 60s);
    const caf::actor from = system.spawn(shop::seller, &losses);
    const caf::actor b = system.spawn(shop::buyer, request.ctx(), from, &paid);
    {
      caf::scoped_actor self{system};
      self->wait_for(b);
    }
    crossed = shop::crosses_a_border(system, request.ctx());
    heard = shop::heard_on_a_bus(system);
    caf::anon_send_exit(from, caf::exit_reason::user_shutdown);
  }
  const bool well = paid == 350 && heard == 350 && crossed && losses.read().handled == 1;
  std::puts(well ? "all is well" : "it is not");
  return well ? 0 : 1;
}
