#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "lifeline/actor/ask.hpp"
#include "lifeline/actor/caf.hpp"
#include "lifeline/observe/loss.hpp"

namespace lifeline {

/// Reaches a supervised child across its restarts: messages go to the incarnation that runs now.
/// While the child is down nothing waits for it: an ask fails with `unreachable`, a tell is
/// dropped; both are counted. Messages in an ended incarnation's mailbox are not repeated to the
/// next one: asks fail, tells are lost.
///
/// Make one, put it into the `child_spec` and keep copies: all copies are one reference. Cheap to
/// copy, safe from any thread, valid before the child starts and after its supervisor is gone.
class child_ref {
 public:
  child_ref() : place_(std::make_shared<place>()) {}

  /// The incarnation that runs now; null while the child is down. Don't keep it; call again.
  caf::actor current() const;

  /// Sends a message, or drops it; counts both.
  template <class... Ts>
  void tell(caf::local_actor* self, Ts&&... xs) const {
    if (const caf::actor to = to_send_to()) lifeline::tell(self, to, std::forward<Ts>(xs)...);
  }
  /// The same from outside the actor system.
  template <class... Ts>
  void tell_from_outside(Ts&&... xs) const {
    if (const caf::actor to = to_send_to())
      lifeline::tell_from_outside(to, std::forward<Ts>(xs)...);
  }
  /// `current()`, counted as one message: sent, or dropped.
  caf::actor to_send_to() const;

  /// Messages sent (handled), and dropped because the child was down.
  loss::counts losses() const noexcept { return place_->losses.read(); }

  friend bool operator==(const child_ref& a, const child_ref& b) noexcept {
    return a.place_ == b.place_;
  }

 private:
  friend class child_ref_setter;

  struct place {
    std::mutex mutex;
    caf::actor actor;
    std::uint64_t incarnation = 0;
    loss losses;
  };
  std::shared_ptr<place> place_;
};

/// For the supervisor only: sets the running incarnation.
class child_ref_setter {
 public:
  explicit child_ref_setter(child_ref ref) : ref_(std::move(ref)) {}
  void set(std::uint64_t incarnation, caf::actor who) const;
  /// No effect if another incarnation has started since.
  void clear(std::uint64_t incarnation) const;

 private:
  child_ref ref_;
};

/// Like `ask` with an actor's handle; `unreachable` at once while the child is down.
template <class Message>
pending_ask<caf::actor, Message> ask(caf::event_based_actor* self, const context& ctx,
                                     const child_ref& target, Message message) {
  return {self, ctx, target.to_send_to(), std::move(message)};
}

}  // namespace lifeline
