#pragma once

#include <chrono>
#include <cstddef>

namespace bank::api {

/// Customers and auditors, each by name, and those without a token, by address, have a bucket of
/// tokens for reads and one for writes, both on these terms. Admins are bound by the node's limit
/// alone.
struct rate_limit_options {
  std::size_t per_second = 10;  ///< 0: no limit per caller
  std::size_t burst = 10;
  std::chrono::milliseconds wait{250};  ///< so long a request waits for its token
  /// Of all requests together; refuses at once.
  std::size_t node_per_second = 0;  ///< 0: no such limit
  std::size_t node_burst = 0;       ///< 0: as many as come in a second
  std::size_t callers = 1'000'000;  ///< that are remembered
};

}  // namespace bank::api
