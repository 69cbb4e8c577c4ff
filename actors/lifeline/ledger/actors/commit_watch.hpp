#pragma once

#include <deque>
#include <vector>

#include "lifeline/ledger/actors/announcement.hpp"
#include "lifeline/ledger/actors/parts.hpp"
#include "lifeline/ledger/core/commit_batch.hpp"
#include "lifeline/observe/trace.hpp"

namespace lifeline::ledger::detail {

/// Metrics and spans of a commit: its number of entries, its duration, and a span in the recorded
/// trace of each of its requests. The store's spans lie within the first of these, and the others
/// link to it. Without any, the commit has a trace of its own, if that is recorded.
class commit_watch {
 public:
  /// The commit of `b`, run by `core`, begins; the oldest askers belong to its entries.
  void begin(environment& env, commit_batch& core, const batch& b, const std::deque<asker>& askers);
  /// The commit ended; `took` is its time in the store.
  void end(environment& env, const commit_result& outcome, duration took);
  /// The outcome is unknown.
  void lose() { end_spans("outcome unknown"); }

 private:
  void begin_spans(const environment& env, commit_batch& core, const batch& b,
                   const std::deque<asker>& askers);
  void end_spans(const char* failure);

  std::vector<span> spans_;
};

}  // namespace lifeline::ledger::detail
