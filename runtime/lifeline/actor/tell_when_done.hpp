#pragma once

#include <memory>
#include <utility>

#include "lifeline/actor/caf.hpp"
#include "lifeline/context/watch.hpp"

namespace lifeline {

/// Sends `message` to an actor when a context ends.
template <class Message>
class tell_when_done final : public context_watcher {
 public:
  tell_when_done(caf::strong_actor_ptr to, Message message)
      : to_(std::move(to)), message_(std::move(message)) {}

 protected:
  void ended(errc) noexcept override {
    put(to_, nullptr, caf::make_message_id(), nullptr, std::move(message_));
  }

 private:
  caf::strong_actor_ptr to_;
  Message message_;
};

/// Sends `message` to `self` once `ctx` is done; at once if it is done already. Call `unwatch` on
/// the result, or drop it, to prevent that. Adds no timer: the context has one.
template <class Message>
std::shared_ptr<context_watcher> notify_when_done(caf::local_actor* self, const context& ctx,
                                                  Message message) {
  const auto to = caf::actor_cast<caf::strong_actor_ptr>(self);
  auto w = std::make_shared<tell_when_done<Message>>(to, message);
  if (w->watch(ctx)) return w;
  put(to, nullptr, caf::make_message_id(), self->context(), std::move(message));
  return nullptr;
}

}  // namespace lifeline
