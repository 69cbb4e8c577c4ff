#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "driver/load/draws.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// The arrival rate over time: consecutive pieces, in each of which the rate changes linearly.
struct arrival_profile {
  struct piece {
    double from = 0;  ///< per second
    double to = 0;
    lifeline::duration length{0};
  };
  std::vector<piece> pieces;
  bool poisson = false;  ///< random times at that rate, instead of even ones

  /// Arrivals until `t` after the start if they are even.
  double expected_until(lifeline::duration t) const noexcept;
  double rate_at(lifeline::duration t) const noexcept;
};

/// The arrival times of an open phase, in order, since its start. They depend on the profile and
/// the seed only: an open load does not wait for answers.
class arrival_plan {
 public:
  arrival_plan(arrival_profile profile, std::uint64_t seed);

  /// The next arrival; nothing when the profile is over.
  std::optional<lifeline::duration> next();

 private:
  std::optional<lifeline::duration> time_of(double count) const;

  arrival_profile profile_;
  draws draws_;
  double count_ = 0;
};

}  // namespace bank::driver
