#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "lifeline/time/clock.hpp"

namespace lifeline::guards {

/// Counts of the rows given to a log.
struct log_figures {
  std::uint64_t written = 0;
  std::uint64_t dropped = 0;  ///< the queue was full, or the write failed
  std::size_t waiting = 0;
};

/// When rows are written.
struct log_pace_options {
  /// How long rows are collected before a write, unless the queue is half full.
  duration linger = std::chrono::milliseconds(200);
  /// Share of the time that may be spent on writing, 0 to 1. After a slow batch, the next one waits
  /// accordingly.
  double share = 0.1;
  duration longest_pause = std::chrono::seconds(5);
  duration after_failure = std::chrono::seconds(1);
};

/// Decides when the next batch is written, and reports twice per incident, for any number of rows:
/// when rows begin to be dropped, and when that is over. No actor, no clock.
class log_pace {
 public:
  explicit log_pace(log_pace_options o) : options_(o) {}

  duration linger() const noexcept { return options_.linger; }
  /// Wait before the next batch, after a batch that took `took`, or failed.
  duration pause_after(duration took, bool failed) const noexcept;

  /// A batch has ended. Returns the text to report, if any.
  std::optional<std::string> judge(const log_figures& now, const std::string& why);
  bool in_trouble() const noexcept { return in_trouble_; }

 private:
  const log_pace_options options_;
  std::uint64_t dropped_ = 0;         ///< as of the last batch
  std::uint64_t dropped_before_ = 0;  ///< when nothing was being dropped
  bool in_trouble_ = false;
};

}  // namespace lifeline::guards
