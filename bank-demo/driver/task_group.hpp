#pragma once

#include <boost/asio/co_spawn.hpp>
#include <cstddef>
#include <exception>

#include "driver/task.hpp"

namespace bank::driver {

/// Concurrent coroutines that are joined together. What they refer to must outlive `join`; join a
/// group before destroying it.
class task_group {
 public:
  explicit task_group(asio::io_context& io) : io_(io), all_done_(io.get_executor()) {}
  task_group(const task_group&) = delete;
  task_group& operator=(const task_group&) = delete;

  void spawn(task<void> work) {
    ++running_;
    asio::co_spawn(io_, std::move(work), [this](const std::exception_ptr& error) {
      if (error && !error_) error_ = error;
      if (--running_ == 0) all_done_.cancel();
    });
  }

  /// Returns when all have ended; rethrows the first exception.
  task<void> join() {
    while (running_ > 0) co_await pause(all_done_, std::chrono::hours(1));
    if (error_) std::rethrow_exception(error_);
  }

 private:
  asio::io_context& io_;
  timer all_done_;
  std::size_t running_ = 0;
  std::exception_ptr error_;
};

}  // namespace bank::driver
