#include "driver/run/live_view.hpp"

#include "driver/text.hpp"

namespace bank::driver {

namespace {

constexpr std::size_t phase_bar_width = 30;

double rate_of(const time_line::point& p) {
  return p.length > 0 ? static_cast<double>(p.answers) / p.length : 0;
}

}  // namespace

std::string live_line(const live_state& s) {
  return right(rounded(s.seconds, 0), 5) + " s  " + padded(s.phase, 12) +
         right(rounded(rate_of(s.latest), 0), 8) + "/s  p50 " + rounded(s.latest.p50_ms, 2) +
         "  p99 " + rounded(s.latest.p99_ms, 2) + " ms  errors " + grouped(s.errors) + "  missed " +
         grouped(s.missed) + (s.is_broken ? "  AN INVARIANT IS BROKEN" : "") +
         (s.latest_fault.empty() ? "" : "  (" + s.latest_fault + ")");
}

std::string live_screen(const live_state& s) {
  return s.scenario + ", " + rounded(s.seconds, 1) + " s\n" + padded(s.phase, 14) +
         bar(s.phase_share, phase_bar_width) + "\nrate " + right(rounded(rate_of(s.latest), 0), 8) +
         "/s   p50 " + right(rounded(s.latest.p50_ms, 2), 8) + " ms   p99 " +
         right(rounded(s.latest.p99_ms, 2), 8) + " ms   max " +
         right(rounded(s.latest.max_ms, 1), 8) + " ms\ntransfers " + grouped(s.transfers) +
         "   errors " + grouped(s.errors) + "   missed " + grouped(s.missed) + "   last fault " +
         (s.latest_fault.empty() ? "none" : s.latest_fault) + "\ninvariants " +
         (s.is_broken ? "BROKEN" : "hold so far") + " (" + grouped(s.snapshots) +
         " snapshots of all balances)\n";
}

}  // namespace bank::driver
