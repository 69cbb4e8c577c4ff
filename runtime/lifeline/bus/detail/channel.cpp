#include "lifeline/bus/detail/channel.hpp"

#include <algorithm>
#include <utility>

#include "lifeline/bus/detail/subscriber.hpp"

namespace lifeline::detail {

channel::channel(std::string name, topic_options options, waker wake)
    : name_(std::make_shared<const std::string>(std::move(name))),
      wake_(std::move(wake)),
      ring_(std::move(options)) {}

std::uint64_t channel::publish(std::shared_ptr<event> e, std::optional<std::uint64_t> as) {
  std::vector<event_ptr> displaced;  // destroyed when no lock is held
  std::uint64_t sequence = 0;
  {
    const std::lock_guard lock(ring_mutex_);
    if (as && *as != ring_.last() + 1) return 0;
    displaced = ring_.push(std::move(e));
    sequence = ring_.last();
    last_ = sequence;
  }
  wake_if_needed();
  return sequence;
}

void channel::skip_to(std::uint64_t last) {
  std::vector<event_ptr> displaced;
  {
    const std::lock_guard lock(ring_mutex_);
    displaced = ring_.skip_to(last);
    last_ = ring_.last();
  }
  wake_if_needed();
}

void channel::wake_if_needed() {
  if (somebody_waits_ && !waker_is_up_.exchange(true)) wake_(shared_from_this());
}

std::uint64_t channel::before_first() const {
  const std::lock_guard lock(ring_mutex_);
  return ring_.first() - 1;
}

event_cursor::step channel::take(event_cursor& at, std::size_t most,
                                 std::vector<event_ptr>& out) const {
  if (at.position() >= last_) return {};
  const std::lock_guard lock(ring_mutex_);
  return at.take(ring_, most, out);
}

void channel::wait(waiting_place& place) {
  const std::lock_guard lock(queue_mutex_);
  if (place.is_linked()) return;
  queue_.push_back(place);
  somebody_waits_ = true;
}

void channel::leave(waiting_place& place) {
  const std::lock_guard lock(queue_mutex_);
  if (!place.is_linked()) return;
  queue_.erase(queue_.iterator_to(place));
  if (queue_.empty()) somebody_waits_ = false;
}

bool channel::wake_some(std::size_t most) {
  for (const auto& s : next_to_wake(most)) s->wake();
  return round_goes_on();
}

std::vector<std::shared_ptr<subscriber>> channel::next_to_wake(std::size_t most) {
  std::vector<std::shared_ptr<subscriber>> next;
  const std::lock_guard lock(queue_mutex_);
  if (left_in_round_ == 0) {
    left_in_round_ = queue_.size();
    last_at_round_ = last_;
  }
  next.reserve(std::min(most, left_in_round_));
  for (; left_in_round_ != 0 && !queue_.empty() && next.size() < most; --left_in_round_) {
    next.push_back(queue_.front().owner.shared_from_this());
    queue_.pop_front();
  }
  if (queue_.empty()) {
    left_in_round_ = 0;
    somebody_waits_ = false;
  }
  return next;
}

bool channel::round_goes_on() {
  const std::lock_guard lock(queue_mutex_);
  if (left_in_round_ != 0) return true;
  waker_is_up_ = false;
  return last_ != last_at_round_ && somebody_waits_ && !waker_is_up_.exchange(true);
}

}  // namespace lifeline::detail
