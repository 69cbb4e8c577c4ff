#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace bank::api {

/// Limits the open streams of each caller. Safe from any thread; outlives the places it gives.
class stream_limit {
 public:
  explicit stream_limit(std::size_t most) : most_(most) {}

  /// Hold the result while the stream is open; null if the caller has too many.
  std::shared_ptr<const void> take(const std::string& caller) {
    const std::lock_guard lock(mutex_);
    std::size_t& open = open_[caller];
    if (open >= most_) return nullptr;
    ++open;
    return {this, [this, caller](const void*) { give_back(caller); }};
  }
  std::size_t most() const noexcept { return most_; }

 private:
  void give_back(const std::string& caller) {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(caller);
    if (--found->second == 0) open_.erase(found);
  }

  const std::size_t most_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> open_;
};

}  // namespace bank::api
