#include "lifeline/supervision/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace lifeline {
namespace {

/// A number in [0, 1), the same with every standard library, unlike its distributions.
double fraction(random_engine& chance) { return static_cast<double>(chance() >> 11) * 0x1.0p-53; }

}  // namespace

duration backoff::after_failure(const backoff_policy& policy, duration ran, random_engine& chance) {
  if (ran >= policy.steady_after) failures_ = 0;
  ++failures_;
  if (policy.first <= duration::zero()) return duration::zero();
  const double longest = static_cast<double>(policy.most.count());
  const double grown =
      static_cast<double>(policy.first.count()) * std::pow(policy.factor, failures_ - 1);
  const double wait = std::min(grown, longest) * (1 - policy.jitter * fraction(chance));
  return saturating_cast(std::chrono::duration<double, std::nano>(wait));
}

}  // namespace lifeline
