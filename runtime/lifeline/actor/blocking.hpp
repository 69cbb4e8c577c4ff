#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "lifeline/actor/caf.hpp"

namespace lifeline {

/// The lanes have threads of their own, so that one can't starve another.
enum class lane : std::uint8_t { commit, read, background };
inline constexpr std::size_t lane_count = 3;

/// The one door to blocking work: no actor blocks, and no function behind the door waits for an
/// actor. Safe from any thread.
class blocking_door {
 public:
  using job = std::function<void()>;

  blocking_door() = default;
  blocking_door(const blocking_door&) = delete;
  blocking_door& operator=(const blocking_door&) = delete;
  virtual ~blocking_door() = default;

  /// Runs `f` soon on a thread of that lane; false, and nothing will run, if the lane's queue is
  /// full or the door is closed. `f` must not throw.
  [[nodiscard]] virtual bool submit(lane l, job f) = 0;
};

struct lane_options {
  std::size_t threads = 1;
  std::size_t queue = 10'000;  ///< jobs waiting, at most
};

/// Threads for each lane. Its destructor runs what is queued, then ends the threads; what a job
/// submits meanwhile is refused.
class thread_door final : public blocking_door {
 public:
  explicit thread_door(const std::array<lane_options, lane_count>& lanes);
  ~thread_door() override;
  bool submit(lane l, job f) override;

 private:
  class lane_threads;
  std::array<std::unique_ptr<lane_threads>, lane_count> lanes_;
};

/// Runs each job at once, inside `submit`: for tests and simulation.
class inline_door final : public blocking_door {
 public:
  bool submit(lane, job f) override {
    f();
    return true;
  }
};

/// Runs `f` behind the door and sends what it gives, a message, to `to`; false, and `f` is dropped,
/// if the lane is full.
template <class F>
[[nodiscard]] bool run_blocking(blocking_door& door, lane l, caf::strong_actor_ptr to, F f) {
  return door.submit(l, [to = std::move(to), f = std::move(f)]() mutable {
    put(to, nullptr, caf::make_message_id(), nullptr, f());
  });
}

}  // namespace lifeline
