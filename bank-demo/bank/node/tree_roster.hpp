#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "lifeline/supervision/supervision_history.hpp"

namespace bank::node {

/// The actors of the node's tree and their states, collected from the tree's events. Safe from any
/// thread.
class tree_roster {
 public:
  void record(const lifeline::supervision_event& e);

  /// An array of `{"path","state","since","starts","failures","last_reason"}`, ordered by path;
  /// `state` is `running`, `restarting` or `stopped`.
  std::string json() const;

 private:
  struct member {
    lifeline::child_event last = lifeline::child_event::started;
    bool restarts = false;
    lifeline::wall_time since{};
    std::uint64_t starts = 0;
    std::uint64_t failures = 0;
    std::string last_reason;

    const char* state() const noexcept;
  };

  mutable std::mutex mutex_;
  std::map<std::string, member> members_;
};

}  // namespace bank::node
