#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "driver/scenario/scenario.hpp"

namespace bank::driver {

/// The due times of a replay's faults, in acknowledged transfers. No I/O.
class fault_schedule {
 public:
  /// `faults` are ordered by their share.
  fault_schedule(const std::vector<kill_fault>& faults, std::size_t transfers) {
    for (const kill_fault& fault : faults)
      due_at_.push_back(
          static_cast<std::size_t>(std::ceil(fault.share * static_cast<double>(transfers))));
  }

  /// True once for each fault, when its share is reached.
  bool take_due(std::size_t acknowledged) {
    if (next_ == due_at_.size() || acknowledged < due_at_[next_]) return false;
    ++next_;
    return true;
  }

 private:
  std::vector<std::size_t> due_at_;
  std::size_t next_ = 0;
};

}  // namespace bank::driver
