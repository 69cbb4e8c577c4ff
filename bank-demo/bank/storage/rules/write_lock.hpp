#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace bank::storage {

/// The lock of a store's writes, for `std::lock_guard` and `std::unique_lock`; waiting for it can
/// be limited in time. Not `std::timed_mutex`: GCC 12's thread sanitizer does not see that taken.
class write_lock {
 public:
  void lock() {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [this] { return !held_; });
    held_ = true;
  }
  bool try_lock() { return try_lock_for(std::chrono::milliseconds::zero()); }
  bool try_lock_for(std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    if (!freed_.wait_for(lock, most, [this] { return !held_; })) return false;
    held_ = true;
    return true;
  }
  void unlock() {
    {
      const std::lock_guard lock(mutex_);
      held_ = false;
    }
    freed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  bool held_ = false;
};

}  // namespace bank::storage
