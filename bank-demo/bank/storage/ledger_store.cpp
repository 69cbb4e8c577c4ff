#include "bank/storage/ledger_store.hpp"

#include "lifeline/observe/trace.hpp"

namespace bank::storage {

using namespace lifeline::ledger;

namespace {

std::optional<failure> failure_in(const commit_result& r) {
  if (std::holds_alternative<committed_batch>(r)) return std::nullopt;
  const bool unknown = std::get<commit_error>(r) == commit_error::unknown;
  return failure{store_failed(r) ? errc::store_unavailable : errc::internal,
                 unknown ? outcome::unknown : outcome::none, "commit failed"};
}

}  // namespace

commit_result ledger_store::call_commit(const batch& b,
                                        const std::function<commit_result()>& f) const {
  const auto place = b.place ? lifeline::standing_at(*b.place) : lifeline::background();
  store_call c{operation::commit, place, &b};
  commit_result done = commit_error::unavailable;
  run(c, hooks_.size(), [&] {
    done = f();
    c.committed = std::get_if<committed_batch>(&done);
    return failure_in(done);
  });
  return done;
}

std::optional<failure> ledger_store::run(const store_call& c, std::size_t hooks_left,
                                         const store_hook::rest_of_call& f) const {
  if (hooks_left == 0) return f();
  return hooks_[hooks_left - 1]->around(c, [&] { return run(c, hooks_left - 1, f); });
}

}  // namespace bank::storage
