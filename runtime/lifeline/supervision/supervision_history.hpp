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

#include "lifeline/observe/told_in_order.hpp"
#include "lifeline/time/clock.hpp"

namespace lifeline {

/// What befell a child.
enum class child_event : std::uint8_t {
  started,          ///< runs, for the first time or again
  failed_to_start,  ///< its start function failed, or it ended before it was ready
  exited,           ///< ended by itself
  stopped,          ///< ended, as it was told to
  killed,           ///< ignored its exit, or was not ready in time: it was told to die at once
  abandoned,        ///< did not even end then; the supervisor goes on without it
  gave_up,          ///< failed once too often: its supervisor stops, and says so to its own
};

std::string_view to_string(child_event e) noexcept;

/// One line of a supervisor's story.
struct supervision_event {
  std::uint64_t number = 0;  ///< counts up from 1 through a history
  wall_time at{};
  std::string supervisor;  ///< its path in the tree: `node/ledger`
  std::string child;
  child_event what = child_event::started;
  std::string reason;
  /// After a failure: when it is to be started again; empty if it is not.
  std::optional<duration> restart_in;
};

/// The last events of a supervisor, or of a whole tree that shares one, for the log, metrics and an
/// operations page. Safe from any thread.
class supervision_history {
 public:
  /// How often what has happened, since the beginning.
  struct counts {
    std::uint64_t starts = 0;
    std::uint64_t failures = 0;  ///< ended or failed to start, and a restart was due
    std::uint64_t kills = 0;
    std::uint64_t abandoned = 0;
    std::uint64_t escalations = 0;
  };

  /// Keeps the last `capacity` events; older ones go.
  explicit supervision_history(std::size_t capacity = 256) : capacity_(capacity) {}

  /// Gives the event its number, and tells `hear`, unless that is null: in the order of the
  /// numbers, one at a time, whichever supervisors they come from.
  void append(supervision_event e, const std::function<void(const supervision_event&)>& hear = {});

  /// What is kept and came after that number, oldest first.
  std::vector<supervision_event> read(std::uint64_t after = 0) const;
  counts totals() const;

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<supervision_event> events_;
  std::uint64_t last_number_ = 0;
  counts totals_;
  told_in_order<supervision_event> telling_;
};

}  // namespace lifeline
