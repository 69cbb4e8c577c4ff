#pragma once

#include <cstddef>
#include <string>

namespace bank::driver {

/// The progress of a replay.
struct progress_view {
  std::size_t done = 0;
  std::size_t total = 0;
  double seconds = 0;  ///< since the start
  double rate = 0;     ///< per second, since the update before

  void update(std::size_t done_now, double seconds_now);
};

/// One line: "[#######             ]  40.0 %  12,599 of 31,498  9,812/s  1.9 s left".
std::string progress_line(const progress_view& v);

}  // namespace bank::driver
