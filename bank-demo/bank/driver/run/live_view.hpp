#pragma once

#include <cstdint>
#include <string>

#include "bank/driver/measures/time_line.hpp"

namespace bank::driver {

/// What a person at the terminal sees of a run while it goes on.
struct live_state {
  std::string scenario;
  std::string phase;
  double phase_share = 0;  ///< of its time that has passed
  double seconds = 0;
  time_line::point latest;
  std::uint64_t transfers = 0;
  std::uint64_t errors = 0;
  std::uint64_t missed = 0;
  std::uint64_t snapshots = 0;
  bool is_broken = false;  ///< an invariant, as far as is known
  std::string latest_fault;
};

/// One line.
std::string live_line(const live_state& s);
/// A few, for a terminal.
std::string live_screen(const live_state& s);

/// Shows it on standard error: a screen that is drawn over itself on a terminal, a plain line every
/// few seconds elsewhere, nothing at all if that is wanted.
class live_view {
 public:
  explicit live_view(bool quiet);
  ~live_view() { end(); }
  live_view(const live_view&) = delete;
  live_view& operator=(const live_view&) = delete;

  void show(const live_state& s);
  /// Says something in between, where no screen is drawn.
  void note(const std::string& text);
  void end();

 private:
  enum class style : std::uint8_t { screen, lines, none };
  style style_;
  bool drawn_ = false;
  double last_shown_ = -100;
};

}  // namespace bank::driver
