#pragma once

#include <utility>

#include "lifeline/actor/caf.hpp"
#include "lifeline/context/watch.hpp"
#include "lifeline/supervision/shutdown_sequence.hpp"

namespace lifeline {

/// A stop function for an actor, such as a supervisor: the actor is told to exit, and killed when
/// its share of the time is over. It has stopped once it has ended.
inline stop_function stop_actor(caf::actor who) {
  return [who = std::move(who)](const context& ctx, still_stopping token) {
    const auto actor = caf::actor_cast<caf::strong_actor_ptr>(who);
    after_func(ctx, [actor] { exit_first(actor, caf::exit_reason::kill); });
    who->attach_functor([token = std::move(token)]() mutable { token = nullptr; });
    exit_first(actor, caf::exit_reason::user_shutdown);
  };
}

}  // namespace lifeline
