#include "lifeline/bus/event_bus.hpp"

#include <utility>

#include "lifeline/actor/message.hpp"
#include "lifeline/bus/detail/bus_body.hpp"

namespace lifeline {
namespace detail {

/// Publisher → waker: wake the channel's waiting subscribers.
struct wake_channel {
  local<std::shared_ptr<channel>> which;
};
LIFELINE_MESSAGE(wake_channel);

namespace {

/// Then the waker yields to other actors.
constexpr std::size_t woken_at_once = 256;

caf::behavior run_waker(caf::event_based_actor* self) {
  return {[self](const wake_channel& m) {
    if ((*m.which)->wake_some(woken_at_once))
      tell(self, caf::actor_cast<caf::strong_actor_ptr>(self), m);
  }};
}

}  // namespace
}  // namespace detail

event_bus::event_bus(caf::actor_system& system) : waker_(system.spawn(detail::run_waker)) {
  auto wake = [to = caf::actor_cast<caf::weak_actor_ptr>(waker_)](
                  const std::shared_ptr<detail::channel>& which) {
    tell_from_outside(to, detail::wake_channel{which});
  };
  body_ = std::make_shared<detail::bus_body>(std::move(wake));
}

/// This thread, not the waker, wakes the waiting subscribers.
event_bus::~event_bus() {
  close();
  exit_first(caf::actor_cast<caf::strong_actor_ptr>(waker_), caf::exit_reason::user_shutdown);
}

topic event_bus::topic(const std::string& name, topic_options options) {
  return lifeline::topic(body_->open(name, std::move(options)));
}

subscription event_bus::subscribe(const context& ctx, subscription_options options) {
  return subscription(body_->subscribe(ctx, std::move(options)));
}

void event_bus::close() { body_->close(); }

const loss& event_bus::losses() const noexcept { return body_->losses(); }
std::size_t event_bus::subscribers() const { return body_->subscribers(); }
std::uint64_t event_bus::most_behind() const { return body_->most_behind(); }
std::vector<subscriber_figures> event_bus::figures() const {
  std::vector<subscriber_figures> all;
  for (const auto& s : body_->everybody())
    all.push_back({s->options().kind, s->options().who, s->counts()});
  return all;
}

}  // namespace lifeline
