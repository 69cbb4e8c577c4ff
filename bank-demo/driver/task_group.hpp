#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstddef>
#include <exception>
#include <list>

#include "driver/task.hpp"

namespace bank::driver {

/// All coroutines on one `io_context`, so that a run can end before its time: each is cancelled and
/// ends in order, before anything that it uses is destroyed. A service: `asio::use_service` finds
/// it.
class running_tasks final : public asio::execution_context::service {
 public:
  using key_type = running_tasks;
  static inline asio::execution_context::id id;
  explicit running_tasks(asio::execution_context& io) : service(io) {}

  /// Starts `work`; calls `done(error)` at its end. Does nothing once cancelled: false.
  template <class Done>
  bool spawn(asio::io_context& io, task<void> work, Done done) {
    if (cancelled_) return false;
    const auto at = signals_.emplace(signals_.end());
    asio::co_spawn(io, std::move(work),
                   asio::bind_cancellation_slot(
                       at->slot(), [this, &io, at, done](const std::exception_ptr& error) {
                         signals_.erase(at);
                         done(error);
                         if (cancelled_ && signals_.empty()) io.stop();
                       }));
    return true;
  }

  /// Each coroutine's next `co_await` throws `operation_aborted`. Stops the `io_context` when the
  /// last one has ended.
  void cancel() {
    cancelled_ = true;
    for (auto at = signals_.begin(); at != signals_.end();)
      (at++)->emit(asio::cancellation_type::terminal);
  }
  bool is_cancelled() const noexcept { return cancelled_; }

 private:
  void shutdown() override {}

  std::list<asio::cancellation_signal> signals_;
  bool cancelled_ = false;
};

inline void cancel_tasks(asio::io_context& io) { asio::use_service<running_tasks>(io).cancel(); }

/// Concurrent coroutines that are joined together. A group is a member, or its function joins it
/// before any other `co_await`; so what its coroutines refer to outlives them.
class task_group {
 public:
  explicit task_group(asio::io_context& io) : io_(io), all_done_(io.get_executor()) {}
  task_group(const task_group&) = delete;
  task_group& operator=(const task_group&) = delete;

  void spawn(task<void> work) {
    running_ += asio::use_service<running_tasks>(io_).spawn(
        io_, std::move(work), [this](const std::exception_ptr& error) {
          if (error && !error_) error_ = error;
          if (--running_ == 0) all_done_.cancel();
        });
  }

  /// Returns when all have ended, even if the run was cancelled; rethrows the first exception.
  task<void> join() {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (running_ > 0) co_await pause(all_done_, std::chrono::hours(1));
    co_await asio::this_coro::throw_if_cancelled(true);
    if (error_) std::rethrow_exception(error_);
  }

 private:
  asio::io_context& io_;
  timer all_done_;
  std::size_t running_ = 0;
  std::exception_ptr error_;
};

}  // namespace bank::driver
