#include "driver/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include "driver/verdict.hpp"

namespace bank::driver {

namespace {

constexpr std::size_t bar_width = 20;

template <class... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 64> text{};
  const int n = std::snprintf(text.data(), text.size(), pattern, values...);
  return {text.data(), static_cast<std::size_t>(std::max(n, 0))};
}

std::string grouped_count(std::size_t n) { return grouped(static_cast<std::int64_t>(n)); }

}  // namespace

std::string progress_line(const progress_view& v) {
  const double share =
      v.total == 0 ? 1 : static_cast<double>(v.done) / static_cast<double>(v.total);
  const auto filled = static_cast<std::size_t>(share * bar_width);
  std::string line = "[" + std::string(filled, '#') + std::string(bar_width - filled, ' ') + "]";
  line += format(" %5.1f %%", share * 100);
  line += "  " + grouped_count(v.done) + " of " + grouped_count(v.total);
  line += "  " + grouped_count(static_cast<std::size_t>(v.rate)) + "/s";
  if (v.rate > 0 && v.done < v.total)
    line += format("  %.1f s left", static_cast<double>(v.total - v.done) / v.rate);
  return line;
}

progress_display::style progress_display::choose(bool quiet) {
  if (quiet) return style::none;
  return ::isatty(STDERR_FILENO) == 1 ? style::bar : style::lines;
}

lifeline::duration progress_display::interval() const noexcept {
  return style_ == style::bar ? std::chrono::milliseconds(200) : std::chrono::milliseconds(3000);
}

void progress_display::show(std::size_t done, std::size_t total, double seconds) {
  if (style_ == style::none) return;
  const double passed = seconds - last_seconds_;
  const double rate =
      passed > 0 && done >= last_done_ ? static_cast<double>(done - last_done_) / passed : 0;
  last_done_ = done;
  last_seconds_ = seconds;
  const std::string line = progress_line({done, total, seconds, rate});
  if (style_ == style::lines) {
    std::fprintf(stderr, "%s\n", line.c_str());
    return;
  }
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void progress_display::note(const std::string& text) {
  if (style_ == style::none) return;
  end();
  std::fprintf(stderr, "%s\n", text.c_str());
}

void progress_display::end() {
  if (drawn_) std::fprintf(stderr, "\n");
  drawn_ = false;
}

}  // namespace bank::driver
