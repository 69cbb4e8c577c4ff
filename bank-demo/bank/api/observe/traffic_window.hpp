#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "lifeline/observe/metrics.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::api {

/// Traffic of a time window.
struct traffic {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;  ///< of the node (5xx)
  double seconds = 0;        ///< elapsed part of the window
  double p50 = 0;            ///< seconds, to the width of a bucket
  double p95 = 0;
  double p99 = 0;

  double error_share() const noexcept {
    return requests == 0 ? 0 : static_cast<double>(errors) / static_cast<double>(requests);
  }
};

/// The requests of the last minute, by second, and the alarm about failing ones. The alarm is
/// raised when the share of errors passes `alarm_share`, and ends below half of that, so it does
/// not flutter. Too few requests raise none. Time is an argument; not synchronized.
class traffic_window {
 public:
  static constexpr std::size_t seconds = 60;

  struct options {
    double alarm_share = 0.05;
    std::uint64_t fewest = 20;  ///< least requests in the window for an alarm
  };
  enum class change : std::uint8_t { none, raised, ended };

  traffic_window(options o, lifeline::time_point now);

  change add(lifeline::time_point now, lifeline::duration took, bool is_error);
  /// Called without a request: an empty window ends the alarm.
  change look(lifeline::time_point now);
  bool alarmed() const noexcept { return alarmed_; }
  traffic read(lifeline::time_point now);

 private:
  struct slot {
    std::uint32_t requests = 0;
    std::uint32_t errors = 0;
    std::vector<std::uint32_t> buckets;
  };
  void turn_to(lifeline::time_point now);
  void clear(slot& s);
  change judge() noexcept;

  const options options_;
  const lifeline::histogram_buckets buckets_;
  const lifeline::time_point begin_;
  std::int64_t second_ = 0;  ///< since `begin_`
  std::array<slot, seconds> slots_;
  std::uint64_t requests_ = 0;
  std::uint64_t errors_ = 0;
  bool alarmed_ = false;
};

}  // namespace bank::api
