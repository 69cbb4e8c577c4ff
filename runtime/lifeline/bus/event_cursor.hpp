#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lifeline/bus/event_ring.hpp"

namespace lifeline {

/// What happens to a subscriber that reads more slowly than its topics publish. No policy makes the
/// publisher wait or keeps an event longer than the topic does.
enum class when_behind : unsigned char {
  /// It receives a `gap` with the number of events that fell out of the topic's window, then goes
  /// on.
  hears_a_gap,
  /// Events beyond its own bound are skipped silently.
  drops_oldest,
  /// It receives only the latest event of each key, in order. The topics must have keys.
  hears_latest_of_key,
  /// Its subscription ends with `overloaded`.
  is_disconnected,
};

/// The pure core of a subscription: its position in one topic. Every event that it passes counts as
/// offered, and is either taken or missed.
class event_cursor {
 public:
  /// `bound`: maximum lag in events; 0, or more than the window: the window's size.
  event_cursor(when_behind policy, std::size_t bound, std::uint64_t behind) noexcept
      : policy_(policy), bound_(bound), position_(behind) {}

  struct step {
    std::uint64_t offered = 0;  ///< events passed
    std::uint64_t missed = 0;   ///< of these, not taken
    bool announced = false;     ///< the missed events form a gap, before the taken ones
    bool disconnected = false;  ///< nothing was passed: the subscription ends
  };
  /// Takes up to `most` events from the position on and appends them to `out`.
  step take(const event_ring& ring, std::size_t most, std::vector<event_ptr>& out);

  /// The last sequence passed.
  std::uint64_t position() const noexcept { return position_; }

 private:
  step take_latest(const event_ring& ring, std::size_t most, std::vector<event_ptr>& out);

  when_behind policy_;
  std::size_t bound_;
  std::uint64_t position_;
};

}  // namespace lifeline
