#pragma once

#include <functional>
#include <memory>

#include "lifeline/actor/caf.hpp"
#include "lifeline/bus/event_bus.hpp"

namespace lifeline {

/// An actor's handlers for events. They run on the actor, one at a time.
struct listener {
  std::function<void(const event&)> on_event;
  std::function<void(const gap&)> on_gap{};  ///< none: gaps are ignored
  /// Nothing more will come; the reason is that of `subscription::over`.
  std::function<void(errc)> on_end{};
};

/// Subscribes an actor to a bus, within `ctx`. Events are passed to `l` on the actor, a few at a
/// time, between its messages. The subscription ends with `ctx`, the bus or the actor, whichever is
/// first. The actor's behavior needs no handler for it. However much is published, a slow actor has
/// one message of it in its mailbox. Like an open ask, it keeps its actor alive.
///
///     listen(self, ctx, bus, {.topics = "orders.*"},
///            {.on_event = [=](const event& e) { … }});
///
/// Returns the subscription, to read its counts or end it early. Throws as `subscribe` does.
std::shared_ptr<subscription> listen(caf::event_based_actor* self, const context& ctx,
                                     event_bus& bus, subscription_options options, listener l);

}  // namespace lifeline
