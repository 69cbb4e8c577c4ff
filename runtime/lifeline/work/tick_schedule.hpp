#pragma once

#include <cstdint>
#include <optional>

#include "lifeline/time/clock.hpp"

namespace lifeline {

/// The pure core of a ticker: when the next round is due. Regular rounds are due at `start + k ·
/// period`, k = 0, 1, 2 …, whatever the rounds take, so that they never drift. What was missed,
/// because a round took longer or the process slept, is skipped: it never comes bunched.
///
/// Besides, a round may be wished for. It comes at the wished time, but not before `pause` has
/// passed since the last one's end: a wish for the past, made by every round, must not become a
/// loop. Only the earliest wish is kept; the round that it leads to says itself when it wants the
/// next one. A wish never moves the regular rounds.
class tick_schedule {
 public:
  /// Throws `std::invalid_argument` unless `period` is above zero.
  tick_schedule(time_point start, duration period, duration pause);

  /// When the next round should begin.
  time_point due() const noexcept;
  /// A round begins: takes all that is due by now. How many regular rounds are skipped by that.
  std::uint64_t begin(time_point now) noexcept;
  /// It has ended. How many regular rounds were missed meanwhile; one that is due just now was not.
  std::uint64_t end(time_point now) noexcept;
  void wish(time_point t) noexcept;

 private:
  void skip(std::uint64_t rounds) noexcept;

  duration period_;
  duration pause_;
  time_point regular_;
  std::optional<time_point> wished_;
  time_point not_before_;
};

}  // namespace lifeline
