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
  /// Events that can be heard again, or late. A slot costs 16 bytes, and its event.
  std::size_t window = 4'096;
  /// What an event is about (an account's id, say), so that subscribers may ask for the latest of
  /// each only. Called by whoever publishes, who also gets what it throws: then nothing is
  /// published. None: the topic has no keys. It reads what happened, not the event's sequence.
  std::function<std::string(const event&)> key_of{};
  /// Keys whose latest event is kept, be it in the window or not; of more, the one that was silent
  /// longest is forgotten.
  std::size_t most_keys = 65'536;
};

/// The pure core of a topic: the newest events in order, the older ones overwritten. Sequences
/// begin at 1; all that was ever published has one. Without a lock: its owner has it.
class event_ring {
 public:
  /// Throws `std::invalid_argument` without a window.
  explicit event_ring(topic_options options);

  /// Appends; gives what fell out, for the caller to destroy where it holds no lock.
  std::vector<event_ptr> push(std::shared_ptr<event> e);
  /// Goes on behind `last`, as if all up to there had been published and forgotten. For a topic
  /// whose events were numbered before it was there. Never backwards.
  std::vector<event_ptr> skip_to(std::uint64_t last);

  /// The newest; 0 before the first.
  std::uint64_t last() const noexcept { return last_; }
  /// The oldest that is kept; `last() + 1` if none is.
  std::uint64_t first() const noexcept { return last_ + 1 - size_; }
  /// From `first()` to `last()`.
  const event_ptr& at(std::uint64_t sequence) const { return slots_[sequence % slots_.size()]; }

  bool keyed() const noexcept { return static_cast<bool>(key_of_); }
  /// The latest event of each key, by sequence.
  const std::map<std::uint64_t, event_ptr>& latest() const noexcept { return latest_; }

 private:
  void remember_key(std::string key, const event_ptr& e, std::vector<event_ptr>& displaced);

  std::vector<event_ptr> slots_;
  std::uint64_t last_ = 0;
  std::size_t size_ = 0;

  const std::function<std::string(const event&)> key_of_;
  const std::size_t most_keys_;
  std::map<std::uint64_t, event_ptr> latest_;
  std::unordered_map<std::string, std::uint64_t> sequence_of_key_;
};

}  // namespace lifeline
