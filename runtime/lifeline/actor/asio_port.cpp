#include "lifeline/actor/asio_port.hpp"

#include <boost/asio/post.hpp>

namespace lifeline {

asio_port::asio_port(caf::actor_system& system, boost::asio::io_context& io)
    : io_(io), life_(std::make_shared<char>()) {
  const caf::actor companion = system.spawn<caf::actor_companion>();
  self_ = caf::actor_cast<caf::strong_actor_ptr>(companion);
  this->companion().on_enqueue([this](caf::mailbox_element_ptr e) { receive(std::move(e)); });
}

/// After `on_enqueue` has returned, no other thread is in `receive`.
asio_port::~asio_port() {
  companion().on_enqueue(nullptr);
  companion().cleanup(caf::exit_reason::normal, nullptr);
}

caf::actor_companion& asio_port::companion() const {
  return *static_cast<caf::actor_companion*>(caf::actor_cast<caf::abstract_actor*>(self_));
}

void asio_port::send(caf::strong_actor_ptr to, caf::mailbox_element_ptr message) {
  out_.push_back({std::move(to), std::move(message)});
  if (out_.size() != 1) return;
  boost::asio::post(io_, [this, life = std::weak_ptr<const void>(life_)] {
    if (life.expired()) return;
    for (sending& s : std::exchange(out_, {})) s.to->enqueue(std::move(s.message), nullptr);
  });
}

/// One wake-up per burst. Messages that are not answers are dropped: their id belongs to the sender
/// and could equal one of this port's ids.
void asio_port::receive(caf::mailbox_element_ptr element) {
  if (!element->mid.is_response()) return;
  const std::lock_guard lock(mutex_);
  inbox_.push_back(std::move(element));
  if (inbox_.size() == 1) wake();
}

void asio_port::wake() {
  boost::asio::post(io_, [this, life = std::weak_ptr<const void>(life_)] {
    if (!life.expired()) drain();
  });
}

/// A coroutine resumed here may destroy the port.
void asio_port::drain() {
  const std::weak_ptr<const void> life = life_;
  {
    const std::lock_guard lock(mutex_);
    std::move(inbox_.begin(), inbox_.end(), std::back_inserter(work_));
    inbox_.clear();
  }
  while (!life.expired() && !work_.empty()) {
    auto element = std::move(work_.front());
    work_.pop_front();
    finish(std::move(element));
  }
}

void asio_port::finish(caf::mailbox_element_ptr element) {
  const auto found = open_.find(element->mid.request_id().integer_value());
  if (found == open_.end()) return;  // a late answer
  open_ask done = std::move(found->second);
  open_.erase(found);
  done.watch.answered();
  done.waiting->complete(std::move(element));
}

}  // namespace lifeline
