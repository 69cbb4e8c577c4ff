#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace bank::api {

/// Open connections by client: an address, or a token's caller. Safe from any thread.
class client_counts {
 public:
  /// Returns the client's connections, with this one.
  std::size_t begin(const std::string& client) {
    const std::lock_guard lock(mutex_);
    return ++open_[client];
  }
  void end(const std::string& client) {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(client);
    if (--found->second == 0) open_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> open_;
};

}  // namespace bank::api
