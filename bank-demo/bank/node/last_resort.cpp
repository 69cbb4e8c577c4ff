#include "bank/node/last_resort.hpp"

#include <utility>

#include "lifeline/context/merge.hpp"
#include "lifeline/context/watch.hpp"

namespace bank::node {

last_resort::last_resort(const stop_request& stop, const lifeline::shutdown_sequence& sequence,
                         lifeline::duration budget, give_up end)
    : asked_(with_cancel(stop.ctx())),
      all_well_(with_cancel(lifeline::background(stop.ctx().time()))),
      thread_([this, &sequence, budget, end = std::move(end)] { watch(sequence, budget, end); }) {}

last_resort::~last_resort() {
  all_well_.cancel();
  asked_.cancel();
  thread_.join();
}

/// Uses the machine's clock: the sequence's own clock may be stuck.
void last_resort::watch(const lifeline::shutdown_sequence& sequence, lifeline::duration budget,
                        const give_up& end) const {
  wait(asked_.ctx());
  const auto decided = merge(sequence.over(), all_well_.ctx());
  const bool in_time = wait_for(decided.ctx(), budget);
  if (all_well_.ctx().done()) return;
  if (!in_time)
    return end(std::string("abandoned: still ") + doing_.load() +
               " at the end of shutdown.timeout_ms");
  const auto result = sequence.result();
  if (result.clean()) return;
  end((result.hurried ? "stopped at once by a second signal" : "stopped") + names_of(result));
}

std::string names_of(const lifeline::shutdown_result& r) {
  std::string text;
  for (const std::string& what : r.abandoned)
    text += (text.empty() ? "; abandoned: " : ", ") + what;
  return text;
}

}  // namespace bank::node
