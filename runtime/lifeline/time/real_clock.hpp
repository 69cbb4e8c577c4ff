#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "lifeline/time/clock.hpp"
#include "lifeline/time/timer_wheel.hpp"

namespace lifeline {

/// The machine's clocks, with one thread that expires timers and runs posted tasks. Timers are
/// spread over several wheels, each with its own lock, so that threads don't contend while arming.
/// The thread sleeps until something is due. All timers must be disarmed before it is destroyed;
/// posted tasks still run.
class real_clock final : public clock {
 public:
  real_clock();
  ~real_clock() override;

  time_point now() const noexcept override;
  wall_time wall_now() const noexcept override;
  using clock::arm;
  void arm(timer& t, time_point due, time_point now) override;
  void disarm(timer& t) noexcept override;
  void post(std::function<void()> task) override;
  std::size_t armed() const override;

 private:
  static constexpr std::uint16_t shard_count = 16;
  struct alignas(64) shard {
    explicit shard(time_point start) : wheel(start) {}
    std::mutex mutex;
    timer_wheel wheel;
  };

  std::unique_lock<std::mutex> lock_own_shard(std::uint16_t& index);
  void run();
  void run_posted(std::unique_lock<std::mutex>& lock);
  void wake_by(time_point due);
  time_point expire_due();

  std::array<std::unique_ptr<shard>, shard_count> shards_;
  std::vector<timer*> due_;  // the thread's own; a member to reuse its memory

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<std::int64_t> sleeps_until_;  // nanoseconds of time_point; arming compares with it
  std::deque<std::function<void()>> posted_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace lifeline
