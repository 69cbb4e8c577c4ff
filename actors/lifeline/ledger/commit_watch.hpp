#pragma once

#include <deque>
#include <vector>

#include "lifeline/ledger/announcement.hpp"
#include "lifeline/ledger/commit_batch.hpp"
#include "lifeline/ledger/parts.hpp"
#include "lifeline/observe/trace.hpp"

namespace lifeline::ledger::detail {

/// What is told of a commit to who watches: how many entries it has, how long it takes, and its
/// spans. It belongs to many requests: in the trace of each that is kept it is a span. What the
/// store does stands within the first of them, to which the others link. If there are none, it is
/// a trace of its own, if that is kept.
class commit_watch {
 public:
  /// The commit of `b`, which runs in `core`, begins; the oldest askers are those of its entries.
  void begin(environment& env, commit_batch& core, const batch& b, const std::deque<asker>& askers);
  /// It ended so, after so long in the store.
  void end(environment& env, const commit_result& outcome, duration took);
  /// Nobody knows what became of it.
  void lose() { end_spans("outcome unknown"); }

 private:
  void begin_spans(const environment& env, commit_batch& core, const batch& b,
                   const std::deque<asker>& askers);
  void end_spans(const char* failure);

  std::vector<span> spans_;
};

}  // namespace lifeline::ledger::detail
