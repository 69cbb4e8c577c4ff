#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "lifeline/actors/failure_window.hpp"
#include "lifeline/actors/refusal.hpp"

namespace lifeline::actors {

enum class circuit : std::uint8_t {
  closed,         ///< calls go through
  open,           ///< none do
  half_open,      ///< a few do, to see
  forced_open,    ///< none do, until told otherwise
  forced_closed,  ///< all do, whatever comes of them, until told otherwise
};
std::string_view to_string(circuit c) noexcept;

struct breaker_options {
  /// How far back calls count; zero: all since it closed.
  duration window = std::chrono::seconds(10);
  std::size_t window_parts = 10;
  /// It opens after so many failures in a row; 0: never for that.
  std::uint64_t failures_in_a_row = 5;
  /// It opens when so large a part of the window's calls has failed, of `least_calls` at least; a
  /// ratio above 1: never for that.
  double failure_ratio = 0.5;
  std::uint64_t least_calls = 20;
  /// How long it stays open before it is tried.
  duration open_for = std::chrono::seconds(1);
  /// How many may try at a time; it closes when as many have succeeded.
  std::uint64_t probes = 1;
  /// Decides instead of the three above, if set; must not throw.
  std::function<bool(const call_counts&)> opens = nullptr;
};

/// The leave to make one call; what came of it is said under the same permit.
struct call_permit {
  std::uint64_t generation = 0;
  /// If it is one of those who try: to be given back if the call is lost.
  bool probes = false;
  refusal refused = refusal::none;

  explicit operator bool() const noexcept { return refused == refusal::none; }
};

/// The pure core of a circuit breaker. Each state is a generation of its own: what is said about a
/// call that began in an earlier one is ignored. Not safe from two threads.
class breaker_state {
 public:
  explicit breaker_state(const breaker_options& options, time_point now);

  call_permit ask(time_point now) noexcept {
    if (state_ == circuit::closed) return {generation_};
    return ask_in_trouble(now);
  }
  void succeeded(const call_permit& p, time_point now);
  void failed(const call_permit& p, time_point now);
  /// It opens at once, whatever its calls came to: somebody knows that what it stands before is
  /// down. Nothing if it is open already, or forced.
  void trip(time_point now) noexcept;
  /// Nobody will say what came of the call: whoever made it went away. Frees its place.
  void lost(const call_permit& p) noexcept;

  /// forced_open or forced_closed; closed, open and half_open begin closed; what is no circuit is
  /// ignored.
  void force(circuit forced, time_point now);
  circuit state(time_point now) noexcept;
  /// What is left of the time that it stays open; zero in every other state.
  duration open_left(time_point now) const noexcept;
  /// Since the state began, and in the window if it is closed.
  const call_counts& counts(time_point now) noexcept { return window_.counts(now); }
  /// How many are trying.
  std::uint64_t probing() const noexcept { return probing_; }
  std::uint64_t generation() const noexcept { return generation_; }

 private:
  call_permit ask_in_trouble(time_point now) noexcept;
  void enter(circuit next, time_point now) noexcept;
  bool should_open(time_point now);

  breaker_options options_;
  failure_window window_;
  circuit state_ = circuit::closed;
  std::uint64_t generation_ = 0;
  std::uint64_t probing_ = 0;
  std::uint64_t proved_ = 0;  // probes that have succeeded
  time_point opened_{};
};

}  // namespace lifeline::actors
