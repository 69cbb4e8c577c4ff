#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bank/driver/load/draws.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::driver {

/// How many requests a second arrive, over time: pieces one after the other, in each of which the
/// rate goes from one value to another in a straight line.
struct arrival_profile {
  struct piece {
    double from = 0;  ///< per second
    double to = 0;
    lifeline::duration length{0};
  };
  std::vector<piece> pieces;
  bool poisson = false;  ///< random times at that rate, instead of even ones

  /// Arrivals at most by `t` after the beginning, were they even.
  double expected_until(lifeline::duration t) const noexcept;
  double rate_at(lifeline::duration t) const noexcept;
};

/// The times of an open phase's arrivals, one after the other, as time since its beginning. They
/// depend on the profile and the seed alone: an open load does not wait for its answers.
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
