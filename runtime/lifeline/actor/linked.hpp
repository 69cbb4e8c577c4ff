#pragma once

#include <memory>
#include <utility>

#include "lifeline/actor/caf.hpp"
#include "lifeline/context/watch.hpp"

namespace lifeline {

namespace detail {

/// Tells an actor to exit when a context ends. Knows it without holding it: an actor that nobody
/// knows any more goes, whatever its context does.
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

/// Ties a living actor's life to `ctx`: when that is done, the actor is told to exit with the
/// context's error (`canceled`, `deadline_exceeded`) as its reason, ahead of all that its mailbox
/// holds; at once if `ctx` is done already. An actor that ends earlier leaves nothing behind.
template <class Handle>
void link_to(const context& ctx, const Handle& actor) {
  const auto who = caf::actor_cast<caf::strong_actor_ptr>(actor);
  auto watcher = std::make_shared<detail::exit_watcher>(who);
  if (!watcher->watch(ctx)) {
    exit_first(who, to_caf(ctx.err()));
    return;
  }
  // The actor itself keeps the watcher, until it ends.
  who->get()->attach_functor([watcher = std::move(watcher)] { watcher->unwatch(); });
}

/// Spawns an actor whose life is tied to `ctx`; `spawner` is an actor or the actor system. It is no
/// link of CAF's: the spawner does not end with it. To hear of its end, `attach_functor` on the
/// handle.
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
