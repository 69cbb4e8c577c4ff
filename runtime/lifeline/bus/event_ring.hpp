#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "lifeline/bus/event.hpp"

namespace lifeline {

/// How a topic keeps its events.
struct topic_options {
  /// Number of events kept for late or repeated reading. A slot costs 16 bytes plus its event.
  std::size_t window = 4'096;
  /// Bytes of the events kept, as `size_of` counts them; beyond it the oldest go, except the newest
  /// event. 0, or no `size_of`: only their number is bounded.
  std::size_t window_bytes = 0;
  /// The size of an event in bytes. As for `key_of`: it reads the content only, and may throw.
  std::function<std::size_t(const event&)> size_of{};
  /// The key of an event's subject (an account's id, for instance), so that subscribers may request
  /// only the latest event of each key. The publisher calls it; if it throws, the publisher gets
  /// the exception and nothing is published. Empty: the topic has no keys. It must read the event's
  /// content only, not its sequence.
  std::function<std::string(const event&)> key_of{};
  /// Maximum number of keys whose latest event is kept, also outside the window. Beyond it, the key
  /// with the oldest latest event is removed.
  std::size_t most_keys = 65'536;
};

/// The pure core of a topic: the newest events in order; older ones are overwritten. Sequences
/// start at 1 and every published event has one. Not synchronized: its owner holds a lock.
class event_ring {
 public:
  /// Throws `std::invalid_argument` if the window is 0.
  explicit event_ring(topic_options options);

  /// Appends; returns the displaced events, to be destroyed while no lock is held.
  std::vector<event_ptr> push(std::shared_ptr<event> e);
  /// Continues after `last`, as if all events up to it had been published and overwritten. For a
  /// topic whose events were numbered before it existed. Never goes backwards.
  std::vector<event_ptr> skip_to(std::uint64_t last);

  /// The newest sequence; 0 before the first event.
  std::uint64_t last() const noexcept { return last_; }
  /// The oldest sequence kept; `last() + 1` if none is.
  std::uint64_t first() const noexcept { return last_ + 1 - size_; }
  /// `sequence` lies between `first()` and `last()`.
  const event_ptr& at(std::uint64_t sequence) const { return slots_[sequence % slots_.size()]; }

  bool keyed() const noexcept { return static_cast<bool>(key_of_); }
  /// The latest event of each key, by sequence.
  const std::map<std::uint64_t, event_ptr>& latest() const noexcept { return latest_; }

 private:
  void drop_oldest(std::vector<event_ptr>& displaced);
  void remember_key(std::string key, const event_ptr& e, std::vector<event_ptr>& displaced);

  std::vector<event_ptr> slots_;
  std::uint64_t last_ = 0;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;  // of events in `slots_`

  const std::size_t window_bytes_;
  const std::function<std::size_t(const event&)> size_of_;
  const std::function<std::string(const event&)> key_of_;
  const std::size_t most_keys_;
  std::map<std::uint64_t, event_ptr> latest_;
  std::unordered_map<std::string, std::uint64_t> sequence_of_key_;
};

}  // namespace lifeline
