#pragma once

#include <boost/asio/co_spawn.hpp>
#include <cstddef>
#include <exception>

#include "bank/driver/task.hpp"

namespace bank::driver {

/// Coroutines that run side by side and are waited for together. What they refer to must outlive
/// `join`; a group is joined before it is destroyed.
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

  /// Returns when all have ended; throws what the first of them threw.
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
