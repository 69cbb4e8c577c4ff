#include "lifeline/bus/event_ring.hpp"

#include <stdexcept>
#include <utility>

namespace lifeline {

event_ring::event_ring(topic_options options)
    : slots_(options.window),
      window_bytes_(options.window_bytes),
      size_of_(options.window_bytes > 0 ? std::move(options.size_of) : nullptr),
      key_of_(std::move(options.key_of)),
      most_keys_(options.most_keys) {
  if (options.window == 0)
    throw std::invalid_argument("topic_options::window must be at least 1, not 0");
}

std::vector<event_ptr> event_ring::push(std::shared_ptr<event> e) {
  std::vector<event_ptr> displaced;
  std::string key = keyed() ? key_of_(*e) : std::string();  // first: if it throws, nothing changes
  const std::size_t bytes = size_of_ ? size_of_(*e) : 0;
  while (size_ == slots_.size() || (size_ > 0 && bytes_ + bytes > window_bytes_ && size_of_))
    drop_oldest(displaced);
  e->sequence_ = ++last_;
  event_ptr& slot = slots_[last_ % slots_.size()];
  slot = std::move(e);
  ++size_;
  bytes_ += bytes;
  if (keyed()) remember_key(std::move(key), slot, displaced);
  return displaced;
}

void event_ring::drop_oldest(std::vector<event_ptr>& displaced) {
  event_ptr& oldest = slots_[first() % slots_.size()];
  if (size_of_) bytes_ -= size_of_(*oldest);
  displaced.push_back(std::move(oldest));
  --size_;
}

std::vector<event_ptr> event_ring::skip_to(std::uint64_t last) {
  std::vector<event_ptr> displaced;
  if (last <= last_) return displaced;
  for (event_ptr& slot : slots_)
    if (slot) displaced.push_back(std::exchange(slot, nullptr));
  size_ = 0;
  bytes_ = 0;
  last_ = last;
  return displaced;
}

void event_ring::remember_key(std::string key, const event_ptr& e,
                              std::vector<event_ptr>& displaced) {
  const auto forget = [&](auto place) {
    displaced.push_back(std::move(place->second));
    latest_.erase(place);
  };
  auto [place, is_new] = sequence_of_key_.try_emplace(std::move(key), last_);
  if (!is_new) forget(latest_.find(std::exchange(place->second, last_)));
  latest_.emplace_hint(latest_.end(), last_, e);
  if (latest_.size() <= most_keys_) return;
  sequence_of_key_.erase(key_of_(*latest_.begin()->second));
  forget(latest_.begin());
}

}  // namespace lifeline
