#include "bank/node/guarded_store.hpp"

namespace bank::node {

using namespace lifeline::ledger;

commit_result guarded_store::commit(const batch& b) {
  auto passage = guard_.enter(lifeline::background(), patience::may_take_long);
  if (!passage) return commit_error::unavailable;
  commit_result done = real_.commit(b);
  const auto* why = std::get_if<commit_error>(&done);
  const bool down =
      why != nullptr && (*why == commit_error::unavailable || *why == commit_error::unknown);
  down ? passage->failed() : passage->succeeded();
  return done;
}

failure guarded_store::left_alone() {
  return {errc::store_unavailable, outcome::none,
          "the store does not answer and is left alone for a moment"};
}

store_guard::probe probe_of(ledger_store& store) {
  return [&store](const lifeline::context& ctx) {
    const auto answer = store.last_sequence(ctx);
    if (answer) return lifeline::errc::none;
    switch (answer.error().code) {
      case errc::deadline_exceeded: return lifeline::errc::deadline_exceeded;
      case errc::canceled: return lifeline::errc::canceled;
      default: return lifeline::errc::unreachable;
    }
  };
}

}  // namespace bank::node
