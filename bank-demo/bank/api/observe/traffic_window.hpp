#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "lifeline/observe/metrics.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::api {

/// What a window of traffic looked like.
struct traffic {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;  ///< the node's: 5xx
  double seconds = 0;        ///< how much of the window there has been
  double p50 = 0;            ///< seconds, as near as the buckets are fine
  double p95 = 0;
  double p99 = 0;

  double error_share() const noexcept {
    return requests == 0 ? 0 : static_cast<double>(errors) / static_cast<double>(requests);
  }
};

/// The last minute of requests, by seconds, and whether too many of them fail. The alarm is raised
/// when the share of errors passes `alarm_share`, and ends when it is below half of that, so that
/// it does not flutter; a few requests alone raise none. Time comes as an argument; not
/// synchronized.
class traffic_window {
 public:
  static constexpr std::size_t seconds = 60;

  struct options {
    double alarm_share = 0.05;
    std::uint64_t fewest = 20;  ///< requests in the window, below which nothing is judged
  };
  enum class change : std::uint8_t { none, raised, ended };

  traffic_window(options o, lifeline::time_point now);

  change add(lifeline::time_point now, lifeline::duration took, bool is_error);
  /// Without a request: a window that empties ends an alarm.
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
  std::int64_t second_ = 0;  ///< since the beginning
  std::array<slot, seconds> slots_;
  std::uint64_t requests_ = 0;
  std::uint64_t errors_ = 0;
  bool alarmed_ = false;
};

}  // namespace bank::api
