#include "lifeline/ledger/actors/commit_watch.hpp"

#include <utility>

namespace lifeline::ledger::detail {

void commit_watch::begin(environment& env, commit_batch& core, const batch& b,
                         const std::deque<asker>& askers) {
  if (env.options.traces != nullptr) begin_spans(env, core, b, askers);
  if (env.meters) env.meters->batch_entries.observe(static_cast<std::int64_t>(b.entries.size()));
}

void commit_watch::begin_spans(const environment& env, commit_batch& core, const batch& b,
                               const std::deque<asker>& askers) {
  spans_.clear();
  std::size_t left = b.entries.size();
  for (auto a = askers.begin(); left != 0; left -= (a++)->entries) {
    if (!a->place) continue;
    span committing(*a->place, "journal commit", span_kind::internal);
    if (!spans_.empty()) committing.link(spans_.front().place()->at);
    spans_.push_back(std::move(committing));
  }
  if (spans_.empty()) {
    const tracer* by = env.options.traces;
    const trace_parent at = by->begin(nullptr);
    if (!at.sampled) return;
    spans_.emplace_back(trace_state{by, {at.trace, {}, true}}, "journal commit",
                        span_kind::internal);
  }
  core.place_running(spans_.front().place());
  for (span& s : spans_) s.attribute("entries", static_cast<std::int64_t>(b.entries.size()));
}

void commit_watch::end(environment& env, const commit_result& outcome, duration took) {
  const bool failed = std::holds_alternative<commit_error>(outcome);
  end_spans(failed ? "commit failed" : nullptr);
  if (!env.meters) return;
  env.meters->commit_time.observe(took);
  if (failed) env.meters->failed_commits.add();
}

void commit_watch::end_spans(const char* failure) {
  if (failure != nullptr)
    for (span& s : spans_) s.fail(failure);
  spans_.clear();
}

}  // namespace lifeline::ledger::detail
