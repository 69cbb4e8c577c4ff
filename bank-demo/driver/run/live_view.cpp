#include "driver/run/live_view.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "driver/text.hpp"

namespace bank::driver {

namespace {

constexpr std::size_t bar_width = 30;
constexpr int screen_lines = 5;
constexpr double between_lines = 3;

std::string bar(double share) {
  const auto filled = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * bar_width);
  return "[" + std::string(filled, '#') + std::string(bar_width - filled, ' ') + "]";
}

double rate_of(const time_line::point& p) {
  return p.length > 0 ? static_cast<double>(p.answers) / p.length : 0;
}

std::string count(std::uint64_t n) { return grouped(static_cast<std::int64_t>(n)); }

}  // namespace

std::string live_line(const live_state& s) {
  return right(rounded(s.seconds, 0), 5) + " s  " + padded(s.phase, 12) +
         right(rounded(rate_of(s.latest), 0), 8) + "/s  p50 " + rounded(s.latest.p50_ms, 2) +
         "  p99 " + rounded(s.latest.p99_ms, 2) + " ms  errors " + count(s.errors) + "  missed " +
         count(s.missed) + (s.is_broken ? "  AN INVARIANT IS BROKEN" : "") +
         (s.latest_fault.empty() ? "" : "  (" + s.latest_fault + ")");
}

std::string live_screen(const live_state& s) {
  return s.scenario + ", " + rounded(s.seconds, 1) + " s\n" + padded(s.phase, 14) +
         bar(s.phase_share) + "\nrate " + right(rounded(rate_of(s.latest), 0), 8) + "/s   p50 " +
         right(rounded(s.latest.p50_ms, 2), 8) + " ms   p99 " +
         right(rounded(s.latest.p99_ms, 2), 8) + " ms   max " +
         right(rounded(s.latest.max_ms, 1), 8) + " ms\ntransfers " + count(s.transfers) +
         "   errors " + count(s.errors) + "   missed " + count(s.missed) + "   last fault " +
         (s.latest_fault.empty() ? "none" : s.latest_fault) + "\ninvariants " +
         (s.is_broken ? "BROKEN" : "hold so far") + " (" + count(s.snapshots) +
         " snapshots of all balances)\n";
}

live_view::live_view(bool quiet)
    : style_(quiet                          ? style::none
             : ::isatty(STDERR_FILENO) == 1 ? style::screen
                                            : style::lines) {}

void live_view::show(const live_state& s) {
  if (style_ == style::none) return;
  if (style_ == style::lines) {
    if (s.seconds - last_shown_ < between_lines) return;
    last_shown_ = s.seconds;
    std::fprintf(stderr, "%s\n", live_line(s).c_str());
    return;
  }
  if (drawn_) std::fprintf(stderr, "\033[%dA\033[J", screen_lines);
  std::fputs(live_screen(s).c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

void live_view::note(const std::string& text) {
  if (style_ == style::lines) std::fprintf(stderr, "%s\n", text.c_str());
}

void live_view::end() { drawn_ = false; }

}  // namespace bank::driver
