#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "bank/storage/rules/ledger_time.hpp"
#include "bank/storage/rules/posting.hpp"
#include "bank/storage/rules/write_lock.hpp"

namespace bank::storage {

/// Closes the past for all waiting callers with one write, serialized with the commits. Safe from
/// any thread.
class past_closing {
 public:
  /// Closes the past up to `before`: `write(ctx, end)` makes an end at or after `before` durable,
  /// under the same lock as commits. Waits for the lock until the context ends. Returns why it
  /// failed.
  template <class Write>
  std::optional<lifeline::ledger::failure> close(const lifeline::context& ctx, write_lock& writing,
                                                 wall_time before, const Write& write) {
    wall_time wanted = wanted_.load();
    while (wanted < before && !wanted_.compare_exchange_weak(wanted, before)) {
    }
    std::unique_lock lock(writing, std::defer_lock);
    while (!lock.try_lock_for(between_looks))
      if (auto end = ended(ctx)) return end;
    if (closed_ >= before) return std::nullopt;  // by another caller
    const auto in_time = with_timeout(ctx, longest_write);
    const wall_time all = wanted_.load();
    if (auto failed = write(in_time.ctx(), all)) return failed;
    closed_ = all;
    return std::nullopt;
  }

 private:
  static constexpr std::chrono::milliseconds between_looks{10};
  /// Commits wait while this lock is held.
  static constexpr std::chrono::seconds longest_write{1};

  std::atomic<wall_time> wanted_{};
  wall_time closed_{};  // under the lock
};

}  // namespace bank::storage
