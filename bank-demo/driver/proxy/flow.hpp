#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>

#include "driver/proxy/faults.hpp"

namespace bank::driver::proxy {

using clock = std::chrono::steady_clock;

/// Computes when the bytes of one direction may be written, from delay and bandwidth. No socket, no
/// clock. The same seed gives the same jitter.
class flow {
 public:
  explicit flow(std::uint64_t seed) : random_(seed) {}

  /// The earliest time to write bytes received at `now`; never before earlier bytes.
  clock::time_point departure(clock::time_point now, const latency& wait);

  /// How many of `waiting` bytes may be written at `now` with this bandwidth. 0: none before
  /// `next_write`.
  std::size_t allowance(clock::time_point now, std::size_t waiting,
                        std::optional<std::uint64_t> bytes_per_second);
  clock::time_point next_write() const noexcept { return free_at_; }

 private:
  std::mt19937_64 random_;
  clock::time_point last_departure_{};
  clock::time_point free_at_{};
};

}  // namespace bank::driver::proxy
