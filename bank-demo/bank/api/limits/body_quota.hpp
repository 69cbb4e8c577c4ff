#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace bank::api {

/// Memory quota for large bodies of all connections. A caller may use a quarter of it, so a slow
/// sender does not block others. A single body may be larger than the quarter if it fits; if no
/// body is in memory, a body of any size is admitted. Safe from any thread; outlives what it gives.
class body_quota {
 public:
  explicit body_quota(std::size_t bytes) : most_(bytes) {}

  /// Hold the result while the body is in memory; null if the quota is used up.
  std::shared_ptr<const void> take(const std::string& caller, std::size_t bytes) {
    std::unique_lock lock(mutex_);
    const auto found = of_.find(caller);
    const std::size_t has = found == of_.end() ? 0 : found->second;
    if (!fits(taken_, bytes, most_) || !fits(has, bytes, most_ / 4)) return nullptr;
    of_[caller] += bytes;
    taken_ += bytes;
    lock.unlock();
    return {this, [this, caller, bytes](const void*) { give_back(caller, bytes); }};
  }

 private:
  static bool fits(std::size_t taken, std::size_t more, std::size_t most) noexcept {
    return taken == 0 || (taken <= most && more <= most - taken);
  }
  void give_back(const std::string& caller, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    taken_ -= bytes;
    const auto found = of_.find(caller);
    if ((found->second -= bytes) == 0) of_.erase(found);
  }

  const std::size_t most_;
  std::mutex mutex_;
  std::size_t taken_ = 0;
  std::unordered_map<std::string, std::size_t> of_;
};

}  // namespace bank::api
