#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "bank/api/server/outstanding.hpp"

namespace bank::api {

/// A blocking call, listed as long as it exists.
template <class F>
struct listed_call {
  std::shared_ptr<const void> listed;  // dropped last
  F f;

  auto operator()(const lifeline::context& ctx) { return f(ctx); }
};

/// The running blocking calls, each with a name for the log in case it never returns. Safe from any
/// thread.
class running_calls {
 public:
  /// `f`, listed under the name `what` until it is dropped: when it has returned, or will never
  /// run.
  template <class F>
  listed_call<F> list(std::string what, F f) {
    count_.begin();
    const std::lock_guard lock(mutex_);
    names_.emplace(++last_, std::move(what));
    return {{this, [this, n = last_](const void*) { end(n); }}, std::move(f)};
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
  void end(std::uint64_t n) {
    {
      const std::lock_guard lock(mutex_);
      names_.erase(n);
    }
    count_.end();
  }

  outstanding count_;
  mutable std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, std::string> names_;
};

}  // namespace bank::api
