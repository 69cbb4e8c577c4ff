#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace bank::driver::proxy {

/// What bytes wait on their way in one direction: `delay`, and up to `jitter` more. They never
/// overtake each other.
struct latency {
  std::chrono::microseconds delay{0};
  std::chrono::microseconds jitter{0};

  friend bool operator==(const latency&, const latency&) = default;
};

enum class reachability : std::uint8_t {
  open,        ///< connections come and go
  refused,     ///< nobody listens: open connections are reset, new ones refused
  black_hole,  ///< the wire is cut: connections stay open, but nothing arrives, not even their end.
               ///< As with TCP, what was sent meanwhile arrives when the wire is whole again.
};

/// All that may be wrong with the way to the target; as it stands here: nothing.
struct faults {
  reachability reach = reachability::open;
  latency to_target;
  latency to_client;
  /// Each connection is reset once it has carried this many bytes, both directions together and
  /// counted since its beginning: what goes beyond is never delivered.
  std::optional<std::uint64_t> cut_after_bytes;
  /// At most so much passes each connection in each direction.
  std::optional<std::uint64_t> bytes_per_second;

  friend bool operator==(const faults&, const faults&) = default;
};

/// What the proxy saw since it was made.
struct counters {
  std::uint64_t accepted = 0;         ///< connections
  std::uint64_t open = 0;             ///< connections, now
  std::uint64_t cut = 0;              ///< connections that the proxy itself reset
  std::uint64_t unreachable = 0;      ///< connections for which the target could not be reached
  std::uint64_t bytes_to_target = 0;  ///< delivered
  std::uint64_t bytes_to_client = 0;  ///< delivered
};

}  // namespace bank::driver::proxy
