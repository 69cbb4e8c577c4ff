#include "bank/api/server/sweeper.hpp"

namespace bank::api {

void sweeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  time_.disarm(*this);
}

bool sweeper::retain() noexcept {
  retained_ = weak_from_this().lock();
  return retained_ != nullptr;
}

void sweeper::expire() noexcept {
  const auto self = std::move(retained_);
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  tick_();
  time_.arm(*this, time_.now() + every_);
}

}  // namespace bank::api
