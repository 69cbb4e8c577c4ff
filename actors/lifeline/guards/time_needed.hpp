#pragma once

#include <optional>

#include "lifeline/guards/running_median.hpp"

namespace lifeline::guards {

/// Learns the duration of a kind of work from finished pieces, and decides whether a piece has
/// enough time to begin. A pure core.
///
/// Work with less time than the median is not worth beginning. But if it were always refused,
/// nothing would be learnt. So old durations expire, and one piece per `probe_every` begins anyway;
/// after one took less than half of the median, the next begins at once. While nothing runs, the
/// next piece always begins.
class time_needed {
 public:
  static constexpr duration probe_every = std::chrono::seconds(1);

  explicit time_needed(duration believed_for = std::chrono::seconds(10)) : took_(believed_for) {}

  void add(duration took, time_point now) {
    if (next_probe_ && typical() && took < *typical() / 2) next_probe_ = now;
    took_.add(took, now);
  }
  /// Median duration, as of the latest `add` or `may_begin`.
  std::optional<duration> typical() const noexcept { return took_.value(); }

  /// Whether `remaining` is enough, or else this piece is a probe.
  bool may_begin(duration remaining, time_point now) {
    took_.look(now);
    if (!typical() || remaining >= *typical()) return true;
    const bool is_probe = next_probe_ && now >= *next_probe_;
    if (is_probe || !next_probe_) next_probe_ = time_after(now, probe_every);
    return is_probe;
  }

 private:
  running_median took_;
  std::optional<time_point> next_probe_;  // none before the first refusal
};

}  // namespace lifeline::guards
