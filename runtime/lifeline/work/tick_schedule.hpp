#pragma once

#include <cstdint>
#include <optional>

#include "lifeline/time/clock.hpp"

namespace lifeline {

/// The pure core of a ticker: when the next round is due. Regular rounds are due at `start + k ·
/// period`, k = 0, 1, 2 …, whatever the rounds take, so that they never drift. What was missed,
/// because a round took longer or the process slept, is skipped: it never comes bunched.
///
/// Besides, a round may be wished for, by the calendar. It comes at the wished time, but not before
/// `pause` has passed since the last one's end: a wish for the past, made by every round, must not
/// become a loop. Only the earliest wish is kept; the round that it leads to says itself when it
/// wants the next one. A wish never moves the regular rounds.
///
/// The calendar's clock may be set, and it goes on while the machine sleeps, which the steady one
/// need not do. So how far away a wish is holds for a moment only: it is looked at again every
/// `look_every`.
class tick_schedule {
 public:
  static constexpr duration look_every = std::chrono::seconds(1);

  /// Throws `std::invalid_argument` unless `period` is above zero.
  tick_schedule(time_point start, duration period, duration pause);

  /// Should a round begin?
  bool is_due(time_point now, wall_time wall) const noexcept;
  /// When to ask that again.
  time_point next_look(time_point now, wall_time wall) const noexcept;
  /// A round begins: takes all that is due by now. How many regular rounds are skipped by that.
  std::uint64_t begin(time_point now, wall_time wall) noexcept;
  /// It has ended. How many regular rounds were missed meanwhile; one that is due just now was not.
  std::uint64_t end(time_point now) noexcept;
  void wish(wall_time t) noexcept;

 private:
  void skip(std::uint64_t rounds) noexcept;

  duration period_;
  duration pause_;
  time_point regular_;
  std::optional<wall_time> wished_;
  time_point not_before_;
};

}  // namespace lifeline
