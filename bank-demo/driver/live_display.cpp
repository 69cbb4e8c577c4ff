#include "driver/live_display.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace bank::driver {

namespace {
constexpr double seconds_between_lines = 3;
}

live_display::live_display(bool quiet)
    : style_(quiet                          ? style::none
             : ::isatty(STDERR_FILENO) == 1 ? style::screen
                                            : style::lines) {}

bool live_display::is_due(double seconds) const noexcept {
  if (style_ == style::lines) return seconds - last_shown_ >= seconds_between_lines;
  return style_ == style::screen;
}

void live_display::show(double seconds, const std::string& screen, const std::string& line) {
  if (style_ == style::none) return;
  last_shown_ = seconds;
  if (style_ == style::lines) {
    std::fprintf(stderr, "%s\n", line.c_str());
    return;
  }
  erase();
  std::fputs(screen.c_str(), stderr);
  std::fflush(stderr);
  drawn_lines_ = static_cast<std::size_t>(std::count(screen.begin(), screen.end(), '\n'));
}

void live_display::note(const std::string& text) {
  if (style_ == style::none) return;
  erase();
  std::fprintf(stderr, "%s\n", text.c_str());
}

void live_display::erase() {
  if (drawn_lines_ > 0) std::fprintf(stderr, "\033[%zuA\033[J", drawn_lines_);
  drawn_lines_ = 0;
}

}  // namespace bank::driver
