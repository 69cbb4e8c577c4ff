#include "lifeline/bus/listen.hpp"

#include <utility>

namespace lifeline {
namespace detail {

/// Waker → listening actor: read. It comes as an answer would, under an id that waits for it.
struct events_ready {};
template <class Inspector>
auto inspect(Inspector& f, events_ready& x) {
  return fields(f, "events_ready", x);
}

namespace {

#if LIFELINE_CAF_1
const room_types known(caf::init_global_meta_objects<caf::id_block::lifeline_bus>);
#endif

/// Then the actor's other messages have their turn.
constexpr std::size_t read_at_once = 64;

/// One actor's ear. The actor holds it in the handler that waits for `events_ready`.
struct ear {
  caf::event_based_actor* self;
  std::shared_ptr<subscription> place;
  listener hears;
  bool over = false;
};

/// What stays attached to the actor while it listens: ends the subscription when the actor ends.
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
  static constexpr std::size_t kind = 0x6c697374;  // no kind of CAF's own
  const std::weak_ptr<subscription> place_;
};

void hear(const std::shared_ptr<ear>& e);

/// The next `events_ready` will be heard; nobody sends it yet.
caf::message_id expect_events(const std::shared_ptr<ear>& e) {
  const auto id = e->self->new_request_id(caf::message_priority::normal).response_id();
  e->self->add_multiplexed_response_handler(id,
                                            caf::behavior{[e](const events_ready&) { hear(e); }});
  return id;
}

void await_events(const std::shared_ptr<ear>& e, caf::message_id id) {
  auto tell_it = [to = caf::actor_cast<caf::strong_actor_ptr>(e->self->ctrl()), id] {
    put(to, nullptr, id, nullptr, events_ready{});
  };
  if (!e->place->when_ready(tell_it)) tell_it();
}

void read(const ear& e) {
  for (const bus_item& item : e.place->read(read_at_once)) {
    if (const auto* one = std::get_if<event_ptr>(&item)) {
      const span telling = (*one)->delivery();
      e.hears.on_event(**one);
    } else if (e.hears.on_gap) {
      e.hears.on_gap(std::get<gap>(item));
    }
  }
}

/// The next wait begins before anything is called: an actor that quits then is rid of it, and would
/// not be of one that began later. When all is over one message more takes that wait away.
void hear(const std::shared_ptr<ear>& e) {
  if (e->over) return;
  const auto next = expect_events(e);
  read(*e);
  const auto why = e->place->over();
  e->over = why.has_value();
  await_events(e, next);
  if (e->over) end_with_actor::detach(e->self, *e->place);
  if (e->over && e->hears.on_end) e->hears.on_end(*why);
}

}  // namespace
}  // namespace detail

std::shared_ptr<subscription> listen(caf::event_based_actor* self, const context& ctx,
                                     event_bus& bus, subscription_options options, listener l) {
  auto place = std::make_shared<subscription>(bus.subscribe(ctx, std::move(options)));
  detail::end_with_actor::attach(self, place);
  const auto ear = std::make_shared<detail::ear>(detail::ear{self, place, std::move(l)});
  detail::await_events(ear, detail::expect_events(ear));
  return place;
}

}  // namespace lifeline
