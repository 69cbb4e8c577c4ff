#pragma once

#include <optional>

#include "lifeline/actors/running_median.hpp"

namespace lifeline::actors {

/// How long a kind of work takes, learnt from what came to its end, and whether a piece has time
/// enough to be begun. A pure core.
///
/// What has less time than the median is not worth beginning. But who refuses it learns nothing,
/// and would refuse it for ever: so what is known grows old, and one piece in every `probe_every`
/// is begun all the same; once one has taken less than half of the median, the next at once.
/// While nothing is under way, the next piece of work begins at once.
class time_needed {
 public:
  static constexpr duration probe_every = std::chrono::seconds(1);

  explicit time_needed(duration believed_for = std::chrono::seconds(10)) : took_(believed_for) {}

  void add(duration took, time_point now) {
    if (next_probe_ && typical() && took < *typical() / 2) next_probe_ = now;
    took_.add(took, now);
  }
  /// What such work takes on the median, as of the latest `add` or `may_begin`.
  std::optional<duration> typical() const noexcept { return took_.value(); }

  /// Is `remaining` enough? If not, is this one a probe?
  bool may_begin(duration remaining, time_point now) {
    took_.look(now);
    if (!typical() || remaining >= *typical()) return true;
    const bool is_probe = next_probe_ && now >= *next_probe_;
    if (is_probe || !next_probe_) next_probe_ = time_after(now, probe_every);
    return is_probe;
  }

 private:
  running_median took_;
  std::optional<time_point> next_probe_;  // none before one was refused
};

}  // namespace lifeline::actors
