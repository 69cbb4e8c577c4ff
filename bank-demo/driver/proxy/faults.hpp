#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace bank::driver::proxy {

/// The delay of bytes in one direction: `delay`, plus up to `jitter`. Bytes keep their order.
struct latency {
  std::chrono::microseconds delay{0};
  std::chrono::microseconds jitter{0};

  friend bool operator==(const latency&, const latency&) = default;
};

enum class reachability : std::uint8_t {
  open,        ///< no fault
  refused,     ///< open connections are reset, new ones refused
  black_hole,  ///< a partition: connections stay open, but nothing arrives, not even their end.
               ///< As with TCP, bytes sent meanwhile arrive after it.
};

/// The faults between client and target; the defaults are none.
struct faults {
  reachability reach = reachability::open;
  latency to_target;
  latency to_client;
  /// Each connection is reset after this many bytes since its start, both directions together;
  /// further bytes are not delivered.
  std::optional<std::uint64_t> cut_after_bytes;
  /// Bandwidth of each connection in each direction.
  std::optional<std::uint64_t> bytes_per_second;

  friend bool operator==(const faults&, const faults&) = default;
};

/// The proxy's counters since its start.
struct counters {
  std::uint64_t accepted = 0;         ///< connections
  std::uint64_t open = 0;             ///< open connections
  std::uint64_t cut = 0;              ///< connections reset by the proxy
  std::uint64_t unreachable = 0;      ///< connections whose target could not be reached
  std::uint64_t bytes_to_target = 0;  ///< delivered
  std::uint64_t bytes_to_client = 0;  ///< delivered
};

}  // namespace bank::driver::proxy
