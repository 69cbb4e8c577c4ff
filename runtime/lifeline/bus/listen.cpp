#include "lifeline/bus/listen.hpp"

#include <utility>

#include "lifeline/actor/message.hpp"

namespace lifeline {
namespace detail {

/// Waker → listening actor: read. Sent like an answer, under an id that has a handler.
struct events_ready {};
LIFELINE_MESSAGE(events_ready);

namespace {

#if LIFELINE_CAF_1
const room_types known(caf::init_global_meta_objects<caf::id_block::lifeline_bus>);
#endif

/// Then the actor's other messages are handled.
constexpr std::size_t read_at_once = 64;

/// One actor's subscription. The actor holds it in the handler for `events_ready`.
struct listening {
  caf::event_based_actor* self;
  std::shared_ptr<subscription> place;
  listener handlers;
  bool over = false;
};

/// Attached to the actor while it listens: ends the subscription when the actor ends.
class end_with_actor final : public caf::attachable {
 public:
  explicit end_with_actor(const std::shared_ptr<subscription>& place) : place_(place) {}
  ~end_with_actor() override {
    if (const auto place = place_.lock()) place->end();
  }
  bool matches(const token& what) override {
    return what.subtype == kind && what.ptr == place_.lock().get();
  }
  static void attach(caf::event_based_actor* self, const std::shared_ptr<subscription>& place) {
    self->attach(std::make_unique<end_with_actor>(place));
  }
  static void detach(caf::event_based_actor* self, const subscription& place) {
    self->detach(token(kind, &place));
  }

 private:
  static constexpr std::size_t kind = 0x6c697374;  // differs from all of CAF's kinds
  const std::weak_ptr<subscription> place_;
};

void handle_events(const std::shared_ptr<listening>& l);

/// Registers the handler for the next `events_ready`; it is not sent yet.
caf::message_id expect_events(const std::shared_ptr<listening>& l) {
  const auto id = l->self->new_request_id(caf::message_priority::normal).response_id();
  l->self->add_multiplexed_response_handler(
      id, caf::behavior{[l](const events_ready&) { handle_events(l); }});
  return id;
}

void await_events(const std::shared_ptr<listening>& l, caf::message_id id) {
  auto tell_it = [to = caf::actor_cast<caf::strong_actor_ptr>(l->self->ctrl()), id] {
    put(to, nullptr, id, nullptr, events_ready{});
  };
  if (!l->place->when_ready(tell_it)) tell_it();
}

void read(const listening& l) {
  for (const bus_item& item : l.place->read(read_at_once)) {
    if (const auto* one = std::get_if<event_ptr>(&item)) {
      const span telling = (*one)->delivery();
      l.handlers.on_event(**one);
    } else if (l.handlers.on_gap) {
      l.handlers.on_gap(std::get<gap>(item));
    }
  }
}

/// Registers the next wait before calling any handler: an actor that quits in a handler removes it,
/// but would not remove a later one. After the end, one more message removes the wait.
void handle_events(const std::shared_ptr<listening>& l) {
  if (l->over) return;
  const auto next = expect_events(l);
  read(*l);
  const auto why = l->place->over();
  l->over = why.has_value();
  await_events(l, next);
  if (l->over) end_with_actor::detach(l->self, *l->place);
  if (l->over && l->handlers.on_end) l->handlers.on_end(*why);
}

}  // namespace
}  // namespace detail

std::shared_ptr<subscription> listen(caf::event_based_actor* self, const context& ctx,
                                     event_bus& bus, subscription_options options, listener l) {
  auto place = std::make_shared<subscription>(bus.subscribe(ctx, std::move(options)));
  detail::end_with_actor::attach(self, place);
  const auto state =
      std::make_shared<detail::listening>(detail::listening{self, place, std::move(l)});
  detail::await_events(state, detail::expect_events(state));
  return place;
}

}  // namespace lifeline
