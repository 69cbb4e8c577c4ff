#pragma once

#include <cstdint>
#include <string>

namespace bank::driver {

/// Shows the state of a run on standard error: a screen redrawn in place on a terminal, else a line
/// every few seconds; nothing if quiet.
class live_display {
 public:
  explicit live_display(bool quiet);
  live_display(const live_display&) = delete;
  live_display& operator=(const live_display&) = delete;

  /// Is it time to show the state, so many seconds after the start?
  bool is_due(double seconds) const noexcept;
  /// Shows `screen`, which ends with a line break, or `line`.
  void show(double seconds, const std::string& screen, const std::string& line);
  /// Prints a line that stays.
  void note(const std::string& text);
  /// Leaves the screen as it is.
  void end() noexcept { drawn_lines_ = 0; }

 private:
  void erase();

  enum class style : std::uint8_t { screen, lines, none };
  const style style_;
  std::size_t drawn_lines_ = 0;
  double last_shown_ = -100;
};

}  // namespace bank::driver
