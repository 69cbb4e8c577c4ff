#include "driver/progress.hpp"

#include "driver/text.hpp"

namespace bank::driver {

namespace {
constexpr std::size_t progress_bar_width = 20;
}

void progress_view::update(std::size_t done_now, double seconds_now) {
  const double passed = seconds_now - seconds;
  rate = passed > 0 && done_now >= done ? static_cast<double>(done_now - done) / passed : 0;
  done = done_now;
  seconds = seconds_now;
}

std::string progress_line(const progress_view& v) {
  const double share =
      v.total == 0 ? 1 : static_cast<double>(v.done) / static_cast<double>(v.total);
  std::string line = bar(share, progress_bar_width) + " " + right(rounded(share * 100, 1), 5) +
                     " %  " + grouped(v.done) + " of " + grouped(v.total) + "  " +
                     grouped(static_cast<std::size_t>(v.rate)) + "/s";
  if (v.rate > 0 && v.done < v.total)
    line += "  " + rounded(static_cast<double>(v.total - v.done) / v.rate, 1) + " s left";
  return line;
}

}  // namespace bank::driver
