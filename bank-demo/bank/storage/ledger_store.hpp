#pragma once

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "bank/storage/store_hook.hpp"
#include "lifeline/ledger/journal_store.hpp"

namespace bank::storage {

/// The base of the ledger's stores: runs their calls through hooks.
class ledger_store : public lifeline::ledger::journal_store {
 public:
  /// Runs `h` round each later call, outside the hooks that were added earlier. `h` must outlive
  /// those calls. Not while a call runs.
  void around(store_hook& h) { hooks_.push_back(&h); }

 protected:
  /// Makes a call by `f`, which returns a `result`.
  template <class F>
  std::invoke_result_t<F&> call(operation what, const lifeline::context& ctx, F&& f) const {
    std::optional<std::invoke_result_t<F&>> answer;
    auto failed = run({what, ctx}, hooks_.size(), [&]() -> failure_if_any {
      answer.emplace(f());
      return *answer ? std::nullopt : failure_if_any(answer->error());
    });
    if (failed) return std::move(*failed);
    return std::move(*answer);
  }
  /// The same for a commit.
  lifeline::ledger::commit_result call_commit(
      const lifeline::ledger::batch& b,
      const std::function<lifeline::ledger::commit_result()>& f) const;

 private:
  using failure_if_any = std::optional<lifeline::ledger::failure>;

  failure_if_any run(const store_call& c, std::size_t hooks_left,
                     const store_hook::rest_of_call& f) const;

  std::vector<store_hook*> hooks_;  ///< the last one is the outermost
};

}  // namespace bank::storage
