#include "driver/measure.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace bank::driver {

void latencies::add(lifeline::duration d) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(d).count();
  us_.push_back(static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(us, 0, std::numeric_limits<std::uint32_t>::max())));
}

double latencies::percentile_ms(double share) const {
  if (us_.empty()) return 0;
  std::vector<std::uint32_t> copy = us_;
  const double rank = std::ceil(share * static_cast<double>(copy.size()));
  const auto at = static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
  std::nth_element(copy.begin(), copy.begin() + at, copy.end());
  return copy[static_cast<std::size_t>(at)] / 1000.0;
}

double measured::value(std::string_view metric) const {
  if (metric == "transfers.rate") return rate;
  if (metric == "transfer.p50") return p50_ms;
  return metric == "transfer.p95" ? p95_ms : p99_ms;
}

std::vector<threshold_result> compare(const std::vector<threshold>& wanted, const measured& m) {
  std::vector<threshold_result> all;
  for (const threshold& t : wanted) {
    const double found = m.value(t.metric);
    all.push_back({t, found, t.met_by(found)});
  }
  return all;
}

}  // namespace bank::driver
