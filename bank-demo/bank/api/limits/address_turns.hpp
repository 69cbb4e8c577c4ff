#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <unordered_map>

namespace bank::api {

/// Shares an I/O thread's time between the addresses of clients without a valid token. Each address
/// has work for `share` units per period; what it takes beyond that is charged to its next periods.
/// A pure core, for one thread. It remembers only addresses that took something lately.
class address_turns {
 public:
  /// `share` 0: no limits.
  explicit address_turns(std::size_t share) : share_(share) {}

  bool has_turn(const std::string& address) const {
    if (share_ == 0) return true;
    const auto found = taken_.find(address);
    return found == taken_.end() || found->second < share_;
  }
  /// The address had a turn, and its work was as much as this.
  void charge(const std::string& address, std::size_t units) {
    if (share_ != 0) taken_[address] += units;
  }
  /// The next period begins.
  void refill() {
    for (auto t = taken_.begin(); t != taken_.end();) {
      t->second -= std::min(t->second, share_);
      t = t->second == 0 ? taken_.erase(t) : std::next(t);
    }
  }
  std::size_t remembered() const noexcept { return taken_.size(); }

 private:
  std::size_t share_;
  std::unordered_map<std::string, std::size_t> taken_;
};

}  // namespace bank::api
