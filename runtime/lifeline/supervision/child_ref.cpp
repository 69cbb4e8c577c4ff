#include "lifeline/supervision/child_ref.hpp"

namespace lifeline {

caf::actor child_ref::current() const {
  const std::lock_guard lock(place_->mutex);
  return place_->actor;
}

caf::actor child_ref::to_send_to() const {
  caf::actor to = current();
  place_->losses.offer();
  if (to) {
    place_->losses.handle();
  } else {
    place_->losses.drop();
  }
  return to;
}

void child_ref_setter::set(std::uint64_t incarnation, caf::actor who) const {
  const std::lock_guard lock(ref_.place_->mutex);
  ref_.place_->actor.swap(who);
  ref_.place_->incarnation = incarnation;
}

void child_ref_setter::clear(std::uint64_t incarnation) const {
  caf::actor old;  // released without the lock
  const std::lock_guard lock(ref_.place_->mutex);
  if (ref_.place_->incarnation == incarnation) old.swap(ref_.place_->actor);
}

}  // namespace lifeline
