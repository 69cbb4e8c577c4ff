#include "lifeline/guards/log_pace.hpp"

#include <algorithm>

namespace lifeline::guards {

duration log_pace::pause_after(duration took, bool failed) const noexcept {
  if (failed) return options_.after_failure;
  const double share = std::clamp(options_.share, 0.001, 1.0);
  const double rest = static_cast<double>(took.count()) * (1 - share) / share;
  const double most = static_cast<double>(options_.longest_pause.count());
  return saturating_cast(std::chrono::duration<double, std::nano>(std::min(rest, most)));
}

std::optional<std::string> log_pace::judge(const log_figures& now, const std::string& why) {
  const bool drops = now.dropped > dropped_;
  dropped_ = now.dropped;
  if (drops == in_trouble_) return std::nullopt;
  in_trouble_ = drops;
  if (drops)
    return "dropping log rows: " +
           (why.empty() ? "they arrive faster than they can be written" : why);
  const std::uint64_t all = now.dropped - dropped_before_;
  dropped_before_ = now.dropped;
  return "log rows are written again; " + std::to_string(all) + " were dropped";
}

}  // namespace lifeline::guards
