#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace lifeline {

using duration = std::chrono::nanoseconds;
using time_point = std::chrono::time_point<std::chrono::steady_clock, duration>;
/// Time that is stored or shown: milliseconds since 1970, UTC.
using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

namespace detail {
/// A place in a circular list; null links when in none.
struct timer_link {
  timer_link* prev = nullptr;
  timer_link* next = nullptr;
};

/// `t + d`, or the end of time where that would overflow.
constexpr time_point time_after(time_point t, duration d) noexcept {
  return t.time_since_epoch().count() > 0 && d >= time_point::max() - t ? time_point::max() : t + d;
}
}  // namespace detail

/// Something a clock calls back at a point in time. The owner arms it, keeps it alive while it is
/// armed (or makes `retain` answer false once it is dying) and disarms it before it is freed.
class timer : private detail::timer_link {
 public:
  timer() = default;
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;

  time_point due() const noexcept { return due_; }

 protected:
  ~timer() = default;
  time_point due_{};

 private:
  friend class timer_wheel;
  friend class real_clock;
  friend class manual_clock;

  /// Takes a reference for the call of `expire`; false if the owner is already being destroyed.
  /// Called under the clock's lock: must not block or call the clock.
  virtual bool retain() noexcept = 0;
  /// Called once at or after `due()`, without locks, on the clock's thread; must not block. Gives
  /// the reference of `retain` back.
  virtual void expire() noexcept = 0;

  std::uint16_t shard_ = 0;  // which of the clock's wheels it was last armed in
};

/// The one door to time: nothing else in Lifeline reads a clock. Safe from any thread.
class clock {
 public:
  clock() = default;
  clock(const clock&) = delete;
  clock& operator=(const clock&) = delete;
  virtual ~clock() = default;

  /// Steady: never goes back, knows nothing of calendars.
  virtual time_point now() const noexcept = 0;
  /// Calendar time, for what is stored.
  virtual wall_time wall_now() const noexcept = 0;

  /// Calls `t` back once `due` is reached: never early, late by a tick at most. `now` is what its
  /// caller has just read from this clock: reading it is half of what a deadline costs.
  virtual void arm(timer& t, time_point due, time_point now) = 0;
  void arm(timer& t, time_point due) { arm(t, due, now()); }
  /// After it returns, `t` is not called back unless the call had already begun. Disarming what is
  /// not armed does nothing.
  virtual void disarm(timer& t) noexcept = 0;

  /// Runs `task` soon, on the clock's own thread and never inside this call, in the order of
  /// posting. Tasks must be short and must not throw.
  virtual void post(std::function<void()> task) = 0;

  /// Timers that are armed now, for who watches; 0 of a clock that does not know.
  virtual std::size_t armed() const { return 0; }
};

/// The process's default clock, started when first used: the only global of the runtime.
clock& process_clock();

}  // namespace lifeline
