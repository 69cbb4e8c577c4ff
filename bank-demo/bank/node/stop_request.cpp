#include "bank/node/stop_request.hpp"

#include <utility>

namespace bank::node {

void stop_request::ask(exit_status how, std::string why) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(taken_, true)) return;
    how_ = how;
    why_ = std::move(why);
  }
  scope_.cancel();
}

exit_status stop_request::how() const {
  const std::lock_guard lock(mutex_);
  return how_;
}

std::string stop_request::why() const {
  const std::lock_guard lock(mutex_);
  return why_;
}

}  // namespace bank::node
