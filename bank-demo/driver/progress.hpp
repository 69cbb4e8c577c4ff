#pragma once

#include <cstddef>
#include <cstdio>
#include <string>

#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// The progress of a replay.
struct progress_view {
  std::size_t done = 0;
  std::size_t total = 0;
  double seconds = 0;  ///< since the start
  double rate = 0;     ///< current rate per second
};

/// One line: "[#######             ]  40.0 %  12,599 of 31,498  9,812/s  1.9 s left".
std::string progress_line(const progress_view& v);

/// Shows progress on standard error: a bar redrawn in place on a terminal, else a line every few
/// seconds; nothing if quiet.
class progress_display {
 public:
  enum class style { bar, lines, none };
  /// A bar if standard error is a terminal; nothing if `quiet`.
  static style choose(bool quiet);

  explicit progress_display(style s) : style_(s) {}
  progress_display(const progress_display&) = delete;
  progress_display& operator=(const progress_display&) = delete;
  ~progress_display() { end(); }

  /// Interval between two calls of `show`.
  lifeline::duration interval() const noexcept;
  void show(std::size_t done, std::size_t total, double seconds);
  /// Prints a line between two states of the bar.
  void note(const std::string& text);
  /// Ends the bar's line.
  void end();

 private:
  style style_;
  bool drawn_ = false;
  std::size_t last_done_ = 0;
  double last_seconds_ = 0;
};

}  // namespace bank::driver
