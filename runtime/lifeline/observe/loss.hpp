#pragma once

#include <atomic>
#include <cstdint>

#include "lifeline/context/error.hpp"

namespace lifeline {

/// What became of the messages offered to one kind of actor, topic or sink:
/// offered = handled + expired + cancelled + dropped. Safe from any thread.
class loss {
 public:
  struct counts {
    std::uint64_t offered = 0;
    std::uint64_t handled = 0;
    std::uint64_t expired = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t dropped = 0;
  };

  void offer() noexcept { add(offered_); }
  void handle() noexcept { add(handled_); }
  void drop() noexcept { add(dropped_); }
  /// Not handled, because its context was done.
  void end(errc e) noexcept { add(e == errc::deadline_exceeded ? expired_ : cancelled_); }

  counts read() const noexcept {
    return {offered_.load(std::memory_order_relaxed), handled_.load(std::memory_order_relaxed),
            expired_.load(std::memory_order_relaxed), cancelled_.load(std::memory_order_relaxed),
            dropped_.load(std::memory_order_relaxed)};
  }

 private:
  using counter = std::atomic<std::uint64_t>;
  static void add(counter& c) noexcept { c.fetch_add(1, std::memory_order_relaxed); }

  counter offered_{0};
  counter handled_{0};
  counter expired_{0};
  counter cancelled_{0};
  counter dropped_{0};
};

}  // namespace lifeline
