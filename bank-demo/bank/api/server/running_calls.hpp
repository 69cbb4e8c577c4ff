#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "bank/api/server/outstanding.hpp"

namespace bank::api {

/// The running blocking calls, each with a name for the log in case it never returns. Safe from any
/// thread.
class running_calls {
 public:
  using number = std::uint64_t;

  number begin(std::string what) {
    count_.begin();
    const std::lock_guard lock(mutex_);
    names_.emplace(++last_, std::move(what));
    return last_;
  }
  void end(number n) {
    {
      const std::lock_guard lock(mutex_);
      names_.erase(n);
    }
    count_.end();
  }

  /// Oldest first.
  std::vector<std::string> names() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> all;
    for (const auto& [n, what] : names_) all.push_back(what);
    return all;
  }
  outstanding& count() noexcept { return count_; }

 private:
  outstanding count_;
  mutable std::mutex mutex_;
  number last_ = 0;
  std::map<number, std::string> names_;
};

}  // namespace bank::api
