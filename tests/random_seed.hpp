#pragma once

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace lifeline::testing {

/// A seed for a random test: taken from the environment's LIFELINE_SEED, so that a failure can be
/// replayed, else new; logged either way.
inline std::uint64_t random_seed() {
  const char* given = std::getenv("LIFELINE_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  std::cout << "LIFELINE_SEED=" << seed << '\n';
  return seed;
}

}  // namespace lifeline::testing
