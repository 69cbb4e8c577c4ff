#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "lifeline/guards/failure_window.hpp"
#include "lifeline/guards/refusal.hpp"

namespace lifeline::guards {

enum class circuit : std::uint8_t {
  closed,     ///< calls go through
  open,       ///< all calls are refused
  half_open,  ///< a few calls go through as probes
};
std::string_view to_string(circuit c) noexcept;

struct breaker_options {
  /// Time for which calls are counted; 0: all since it closed.
  duration window = std::chrono::seconds(10);
  std::size_t window_parts = 10;
  /// Opens after this many failures in a row (0: never).
  std::uint64_t failures_in_a_row = 5;
  /// Opens when this share of the window's calls failed, given at least `least_calls` calls (above
  /// 1: never).
  double failure_ratio = 0.5;
  std::uint64_t least_calls = 20;
  /// How long it stays open before probes.
  duration open_for = std::chrono::seconds(1);
  /// Concurrent probes; it closes after as many successes.
  std::uint64_t probes = 1;
  /// If set, decides instead of the three above; must not throw.
  std::function<bool(const call_counts&)> opens = nullptr;
};

/// Permission for one call; the result is reported with the same permit.
struct call_permit {
  std::uint64_t generation = 0;
  /// True for a probe: report it as `lost` if the call is abandoned.
  bool probes = false;
  refusal refused = refusal::none;

  explicit operator bool() const noexcept { return refused == refusal::none; }
};

/// The pure core of a circuit breaker. Each change of state starts a new generation; results of
/// calls from earlier generations are ignored. Not safe from two threads.
class breaker_state {
 public:
  explicit breaker_state(const breaker_options& options, time_point now);

  call_permit ask(time_point now) noexcept {
    if (state_ == circuit::closed) return {generation_};
    return ask_in_trouble(now);
  }
  void succeeded(const call_permit& p, time_point now);
  void failed(const call_permit& p, time_point now);
  /// Opens at once, regardless of results: for an external health check. No effect if it is open
  /// already.
  void trip(time_point now) noexcept;
  /// The result of the call will not be reported, because its caller left. Frees the probe's place.
  void lost(const call_permit& p) noexcept;

  circuit state(time_point now) noexcept;
  /// Time left until probes; zero in every other state.
  duration open_left(time_point now) const noexcept;
  /// Counts since the state began; if closed, within the window.
  const call_counts& counts(time_point now) noexcept { return window_.counts(now); }
  /// Number of running probes.
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
  std::uint64_t proved_ = 0;  // successful probes
  time_point opened_{};
};

}  // namespace lifeline::guards
