#include "lifeline/actor/asio_port.hpp"

namespace lifeline {

asio_port::asio_port(caf::actor_system& system, boost::asio::io_context& io) : io_(io) {
  const caf::actor companion = system.spawn<caf::actor_companion>();
  self_ = caf::actor_cast<caf::strong_actor_ptr>(companion);
  static_cast<caf::actor_companion*>(caf::actor_cast<caf::abstract_actor*>(companion))
      ->on_enqueue([this](caf::mailbox_element_ptr e) { receive(std::move(e)); });
}

asio_port::~asio_port() {
  auto* companion =
      static_cast<caf::actor_companion*>(caf::actor_cast<caf::abstract_actor*>(self_));
  companion->on_enqueue(nullptr);
  companion->cleanup(caf::exit_reason::normal, nullptr);
}

/// One wake-up per burst.
void asio_port::receive(caf::mailbox_element_ptr element) {
  const std::lock_guard lock(mutex_);
  inbox_.push_back(std::move(element));
  if (inbox_.size() == 1) boost::asio::post(io_, [this] { drain(); });
}

void asio_port::drain() {
  {
    const std::lock_guard lock(mutex_);
    work_.swap(inbox_);
  }
  for (auto& element : work_) {
    const auto found = open_.find(element->mid.request_id().integer_value());
    if (found == open_.end()) continue;  // a late answer
    open_ask done = std::move(found->second);
    open_.erase(found);
    done.watcher->unwatch();
    done.waiting->complete(std::move(element));
  }
  work_.clear();
}

}  // namespace lifeline
