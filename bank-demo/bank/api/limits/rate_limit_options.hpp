#pragma once

#include <chrono>
#include <cstddef>

namespace bank::api {

/// Token buckets. Each customer and auditor, by name, and each anonymous caller, by address, has
/// one bucket for reads and one for writes. Admins only have the node-wide limit.
struct rate_limit_options {
  std::size_t per_second = 10;  ///< 0: no limit per caller
  std::size_t burst = 10;
  std::chrono::milliseconds wait{250};  ///< longest wait for a token
  /// For all requests together; refuses at once.
  std::size_t node_per_second = 0;  ///< 0: no node-wide limit
  std::size_t node_burst = 0;       ///< 0: `node_per_second`
  std::size_t callers = 1'000'000;  ///< remembered callers
};

}  // namespace bank::api
