#pragma once

#include <memory>
#include <utility>

#include "lifeline/actor/caf.hpp"
#include "lifeline/context/watch.hpp"

namespace lifeline {

namespace detail {

/// Tells an actor to exit when a context ends. Holds a weak reference only: an actor without other
/// references is destroyed, whatever its context does.
class exit_watcher final : public context_watcher {
 public:
  explicit exit_watcher(const caf::strong_actor_ptr& who)
      : who_(caf::actor_cast<caf::weak_actor_ptr>(who)) {}

 protected:
  void ended(errc e) noexcept override {
    exit_first(caf::actor_cast<caf::strong_actor_ptr>(who_), to_caf(e));
  }

 private:
  caf::weak_actor_ptr who_;
};

}  // namespace detail

/// Ties a running actor to `ctx`. When `ctx` is done, the actor is told to exit, with priority over
/// all messages in its mailbox; at once if `ctx` is done already. The exit reason is the context's
/// error (`canceled`, `deadline_exceeded`). An actor that ends earlier removes its watcher.
template <class Handle>
void link_to(const context& ctx, const Handle& actor) {
  const auto who = caf::actor_cast<caf::strong_actor_ptr>(actor);
  auto watcher = std::make_shared<detail::exit_watcher>(who);
  if (!watcher->watch(ctx)) {
    exit_first(who, to_caf(ctx.err()));
    return;
  }
  // The actor owns the watcher until it ends.
  who->get()->attach_functor([watcher = std::move(watcher)] { watcher->unwatch(); });
}

/// Spawns an actor whose life is tied to `ctx`; `spawner` is an actor or the actor system. This is
/// not a CAF link: the spawner does not end with the actor. To observe its end, call
/// `attach_functor` on the handle.
///
///     auto worker = spawn_linked(self, ctx, run_worker, job);
template <class Spawner, class F, class... Args>
auto spawn_linked(Spawner& spawner, const context& ctx, F f, Args&&... args) {
  auto spawned = spawner.spawn(std::move(f), std::forward<Args>(args)...);
  link_to(ctx, spawned);
  return spawned;
}
template <class Spawner, class F, class... Args>
auto spawn_linked(Spawner* spawner, const context& ctx, F f, Args&&... args) {
  return spawn_linked(*spawner, ctx, std::move(f), std::forward<Args>(args)...);
}

}  // namespace lifeline
