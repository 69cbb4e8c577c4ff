#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "lifeline/time/clock.hpp"

namespace lifeline {

/// A clock moved by hand, for tests and simulation: time stands still unless moved. Timers expire
/// and posted tasks run inside `advance` (or `run_posted`), on the caller's thread, in order of due
/// time, then of arming. Safe from any thread, but only one thread at a time may move it.
class manual_clock final : public clock {
 public:
  explicit manual_clock(wall_time start = wall_time(std::chrono::seconds(1'760'000'000)));

  time_point now() const noexcept override;
  wall_time wall_now() const noexcept override;
  using clock::arm;
  void arm(timer& t, time_point due, time_point now) override;
  void disarm(timer& t) noexcept override;
  void post(std::function<void()> task) override;

  /// Moves both times by `d`, stopping at each due timer on the way.
  void advance(duration d);
  /// Runs posted tasks, and those that they post.
  void run_posted();
  /// Moves calendar time alone, as an administrator or NTP would.
  void jump_wall(std::chrono::milliseconds d);
  /// Number of armed timers.
  std::size_t armed() const;

 private:
  bool expire_next(time_point limit);

  /// Due time, and the sequence number of arming.
  using place = std::pair<time_point, std::uint64_t>;

  void move_to(time_point t);  // under the lock

  mutable std::mutex mutex_;
  time_point now_;
  std::chrono::sys_time<duration> wall_;
  std::uint64_t armed_so_far_ = 0;
  std::map<place, timer*> timers_;
  std::unordered_map<const timer*, place> places_;
  std::deque<std::function<void()>> posted_;
};

}  // namespace lifeline
