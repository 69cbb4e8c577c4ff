#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <ratio>

namespace lifeline {

using duration = std::chrono::nanoseconds;
using time_point = std::chrono::time_point<std::chrono::steady_clock, duration>;
/// Time that is stored or shown: milliseconds since 1970, UTC.
using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

/// `d` in other units, rounded toward zero. A value out of range becomes the nearest limit;
/// `std::chrono` would wrap, so that the largest number of milliseconds became a time in the past.
/// NaN becomes zero.
template <class To = duration, class Rep, class Period>
constexpr To saturating_cast(std::chrono::duration<Rep, Period> d) noexcept {
  using scale = std::ratio_divide<Period, typename To::period>;
  using limits = std::numeric_limits<typename To::rep>;
  if constexpr (std::floating_point<Rep>) {
    const double exact = static_cast<double>(d.count()) * scale::num / scale::den;
    if (exact != exact) return To::zero();
    if (exact >= static_cast<double>(limits::max())) return To::max();
    if (exact <= static_cast<double>(limits::min())) return To::min();
    return To(static_cast<typename To::rep>(exact));
  } else {
    const auto count = static_cast<std::int64_t>(d.count());
    std::int64_t scaled = 0;
    if (__builtin_mul_overflow(count, scale::num, &scaled))
      return count > 0 ? To::max() : To::min();
    scaled /= scale::den;
    if (scaled > limits::max()) return To::max();
    if (scaled < limits::min()) return To::min();
    return To(static_cast<typename To::rep>(scaled));
  }
}

/// `t + d`, or the nearest limit if that is out of range.
template <class Clock, class D, class Rep, class Period>
constexpr std::chrono::time_point<Clock, D> time_after(
    std::chrono::time_point<Clock, D> t, std::chrono::duration<Rep, Period> d) noexcept {
  const D by = saturating_cast<D>(d);
  std::int64_t sum = 0;
  if (__builtin_add_overflow(t.time_since_epoch().count(), by.count(), &sum))
    return by > D::zero() ? std::chrono::time_point<Clock, D>::max()
                          : std::chrono::time_point<Clock, D>::min();
  return std::chrono::time_point<Clock, D>(D(sum));
}

/// `to - from`, or the nearest limit if that is out of range.
template <class Clock, class D>
constexpr D time_between(std::chrono::time_point<Clock, D> from,
                         std::chrono::time_point<Clock, D> to) noexcept {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(to.time_since_epoch().count(), from.time_since_epoch().count(),
                             &difference))
    return to > from ? D::max() : D::min();
  return D(difference);
}

namespace detail {
/// A link of a circular list; null if unlinked.
struct timer_link {
  timer_link* prev = nullptr;
  timer_link* next = nullptr;
};
}  // namespace detail

/// A base for objects that a clock calls at a point in time. The owner arms it, keeps it alive
/// while it is armed (or makes `retain` return false once it is dying), and disarms it before it is
/// freed.
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
  /// Called once at or after `due()`, without locks, on the clock's thread; must not block.
  /// Releases the reference of `retain`.
  virtual void expire() noexcept = 0;

  std::uint16_t shard_ = 0;  // index of the clock's wheel it was last armed in
};

/// The one door to time: nothing else in Lifeline reads a clock. Safe from any thread.
class clock {
 public:
  clock() = default;
  clock(const clock&) = delete;
  clock& operator=(const clock&) = delete;
  virtual ~clock() = default;

  /// Steady time: never goes back; unrelated to calendar time.
  virtual time_point now() const noexcept = 0;
  /// Calendar time, for stored times.
  virtual wall_time wall_now() const noexcept = 0;

  /// Calls `t` once `due` is reached: never early, at most one tick late. `now`: a time the caller
  /// has just read from this clock; reading it is half of the cost of a deadline.
  virtual void arm(timer& t, time_point due, time_point now) = 0;
  void arm(timer& t, time_point due) { arm(t, due, now()); }
  /// After it returns, `t` is not called unless the call had already begun. Disarming an unarmed
  /// timer does nothing.
  virtual void disarm(timer& t) noexcept = 0;

  /// Runs `task` soon, on the clock's own thread and never inside this call, in the order of
  /// posting. Tasks must be short and must not throw.
  virtual void post(std::function<void()> task) = 0;

  /// Number of armed timers, for monitoring; 0 if the clock does not count them.
  virtual std::size_t armed() const { return 0; }
};

/// The process's default clock, started when first used: the only global of the runtime.
clock& process_clock();

}  // namespace lifeline
