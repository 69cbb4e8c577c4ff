#pragma once

#include <cstdint>
#include <string>

#include "driver/measures/time_line.hpp"

namespace bank::driver {

/// The state of a running load, for display.
struct live_state {
  std::string scenario;
  std::string phase;
  double phase_share = 0;  ///< elapsed share of the phase, 0 to 1
  double seconds = 0;
  time_line::point latest;
  std::uint64_t transfers = 0;
  std::uint64_t errors = 0;
  std::uint64_t missed = 0;
  std::uint64_t snapshots = 0;
  bool is_broken = false;  ///< an invariant is known to be broken
  std::string latest_fault;
};

/// The state as one line.
std::string live_line(const live_state& s);
/// The state as a few lines, for a terminal.
std::string live_screen(const live_state& s);

}  // namespace bank::driver
