#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lifeline/observe/ordered_notifier.hpp"
#include "lifeline/time/clock.hpp"

namespace lifeline {

/// Event of a child.
enum class child_event : std::uint8_t {
  started,          ///< runs, for the first time or after a restart
  failed_to_start,  ///< its start function failed, or it ended before it was ready
  exited,           ///< ended by itself
  stopped,          ///< ended, as requested
  killed,           ///< did not exit, or was not ready in time, and was killed
  abandoned,        ///< did not end even when killed; the supervisor goes on without it
  gave_up,  ///< exceeded the restart limit: its supervisor stops and reports to its own supervisor
};

std::string_view to_string(child_event e) noexcept;

/// One entry of the restart history.
struct supervision_event {
  std::uint64_t number = 0;  ///< counts up from 1 within a history
  wall_time at{};
  std::string supervisor;  ///< its path in the tree: `node/ledger`
  std::string child;
  child_event what = child_event::started;
  std::string reason;
  /// After a failure: the wait before the restart; empty if it is not restarted.
  std::optional<duration> restart_in;
};

/// The restart history: the last events of a supervisor, or of a whole tree that shares it, for
/// logs, metrics and an operations page. Safe from any thread.
class supervision_history {
 public:
  /// Number of events of each kind since the start.
  struct counts {
    std::uint64_t starts = 0;
    std::uint64_t failures = 0;  ///< ended or failed to start, with a restart due
    std::uint64_t kills = 0;
    std::uint64_t abandoned = 0;
    std::uint64_t escalations = 0;
  };

  /// Keeps the last `capacity` events; drops older ones.
  explicit supervision_history(std::size_t capacity = 256) : capacity_(capacity) {}

  /// Numbers the event and passes it to `to`, unless that is null. Calls are made in the order of
  /// the numbers, one at a time, for all supervisors that share the history.
  void append(supervision_event e, const std::function<void(const supervision_event&)>& to = {});

  /// Kept events with a number above `after`, oldest first.
  std::vector<supervision_event> read(std::uint64_t after = 0) const;
  counts totals() const;

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<supervision_event> events_;
  std::uint64_t last_number_ = 0;
  counts totals_;
  ordered_notifier<supervision_event> notifier_;
};

}  // namespace lifeline
