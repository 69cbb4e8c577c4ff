#pragma once

#include <functional>
#include <memory>

#include "lifeline/actor/caf.hpp"
#include "lifeline/bus/event_bus.hpp"

namespace lifeline {

/// What an actor hears by: called on it, one after the other.
struct listener {
  std::function<void(const event&)> on_event;
  std::function<void(const gap&)> on_gap{};  ///< none: gaps are passed over
  /// Nothing more will come, and why: see `subscription::over`.
  std::function<void(errc)> on_end{};
};

/// Subscribes an actor to a bus, within `ctx`: what is published is handed to `l`, on the actor and
/// in turn with its messages, a few events at a time. It ends with `ctx`, with the bus, or with the
/// actor, whichever is first; no message of its own is needed in the actor's behavior. A slow actor
/// has one message in its mailbox, however much is published. As an open ask does, it keeps its
/// actor alive.
///
///     listen(self, ctx, bus, {.topics = "orders.*"},
///            {.on_event = [=](const event& e) { … }});
///
/// Gives what tells its counts, and ends it early. Throws as `subscribe` does.
std::shared_ptr<subscription> listen(caf::event_based_actor* self, const context& ctx,
                                     event_bus& bus, subscription_options options, listener l);

}  // namespace lifeline
