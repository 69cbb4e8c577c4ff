#include "bank/node/guarded_store.hpp"

namespace bank::node {

using namespace lifeline::ledger;

commit_result guarded_store::commit(const batch& b) {
  if (guard_.is_obstructed()) return commit_error::unavailable;
  auto passage = guard_.enter(lifeline::background(), patience::may_take_long);
  if (!passage) return commit_error::unavailable;
  commit_result done = real_.commit(b);
  if (!store_failed(done)) {
    passage->succeeded();
    return done;
  }
  passage->failed();
  guard_.probe_soon();
  return done;
}

failure guarded_store::circuit_open() {
  return {errc::store_unavailable, outcome::none, "store unavailable (circuit open); retry in 1 s"};
}

namespace {

lifeline::errc end_of_probe(errc e) noexcept {
  switch (e) {
    case errc::deadline_exceeded: return lifeline::errc::deadline_exceeded;
    case errc::canceled: return lifeline::errc::canceled;
    default: return lifeline::errc::unreachable;
  }
}

}  // namespace

store_guard::probe probe_of(journal_store& store) {
  return [&store](const lifeline::context& ctx) -> store_guard::findings {
    auto found = store.find_obstacle(ctx);
    if (!found) return {end_of_probe(found.error().code), std::move(found.error().detail), {}};
    return {lifeline::errc::none, {}, std::move(*found)};
  };
}

}  // namespace bank::node
