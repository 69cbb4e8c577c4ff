#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lifeline/bus/event_ring.hpp"

namespace lifeline {

/// What becomes of a subscriber that reads slower than its topics speak. None of them makes the
/// publisher wait, or keeps an event that the topic does not keep anyhow.
enum class when_behind : unsigned char {
  /// It hears a `gap` with the number of what fell out of the topic's window, then goes on.
  hears_a_gap,
  /// What is older than its own bound is left out silently.
  drops_oldest,
  /// It hears the latest event of each key only, in their order. The topics must have keys.
  hears_latest_of_key,
  /// Its subscription ends with `overloaded`.
  is_disconnected,
};

/// The pure core of a subscription: its place in one topic, and how it moves. Whatever it passes
/// was offered to it: either it is taken, or it is missed.
class event_cursor {
 public:
  /// `bound`: how far it may fall behind; 0, or more than the window: as far as that reaches.
  event_cursor(when_behind policy, std::size_t bound, std::uint64_t behind) noexcept
      : policy_(policy), bound_(bound), position_(behind) {}

  struct step {
    std::uint64_t offered = 0;  ///< what it passed
    std::uint64_t missed = 0;   ///< of these, not taken
    bool announced = false;     ///< what was missed is a gap, right before what was taken
    bool disconnected = false;  ///< nothing was passed: this is the end
  };
  /// Takes up to `most` events from where it stands, appending them to `out`.
  step take(const event_ring& ring, std::size_t most, std::vector<event_ptr>& out);

  /// All up to here was passed.
  std::uint64_t position() const noexcept { return position_; }

 private:
  step take_latest(const event_ring& ring, std::size_t most, std::vector<event_ptr>& out);

  when_behind policy_;
  std::size_t bound_;
  std::uint64_t position_;
};

}  // namespace lifeline
