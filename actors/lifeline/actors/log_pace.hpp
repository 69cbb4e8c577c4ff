#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "lifeline/time/clock.hpp"

namespace lifeline::actors {

/// What became of the rows that were handed to a log.
struct log_figures {
  std::uint64_t written = 0;
  std::uint64_t dropped = 0;  ///< the queue was full, or they could not be written
  std::size_t waiting = 0;
};

/// When rows are written, and what is said about those that are not.
struct log_pace_options {
  /// How long rows gather before they are written, unless half the room is taken.
  duration linger = std::chrono::milliseconds(200);
  /// The budget: the part of the time that may be spent on writing, 0 to 1. After a batch that took
  /// long the next one waits accordingly.
  double share = 0.1;
  duration longest_pause = std::chrono::seconds(5);
  duration after_failure = std::chrono::seconds(1);
};

/// Decides when the next batch is written, and when there is something to say: once when rows begin
/// to be dropped, and once when that is over, however many they were. No actor, no clock.
class log_pace {
 public:
  explicit log_pace(log_pace_options o) : options_(o) {}

  duration linger() const noexcept { return options_.linger; }
  /// After a batch that took so long, or failed, how long to wait before the next.
  duration pause_after(duration took, bool failed) const noexcept;

  /// A batch has come to its end: nothing, or what is to be said.
  std::optional<std::string> judge(const log_figures& now, const std::string& why);
  bool in_trouble() const noexcept { return in_trouble_; }

 private:
  const log_pace_options options_;
  std::uint64_t dropped_ = 0;         ///< as of the last batch
  std::uint64_t dropped_before_ = 0;  ///< as of the last time that all was well
  bool in_trouble_ = false;
};

}  // namespace lifeline::actors
