#pragma once

#include <future>
#include <memory>
#include <utility>

#include "bank/api/cache/read_cache.hpp"

namespace bank::api::testing {

/// A read cache with a supervision tree of its own for its shards, as in the node.
/// Outlives the server that uses it.
class standing_cache {
 public:
  standing_cache(lifeline::runtime& rt, lifeline::ledger::ledger_reader& store,
                 const account_versions& versions, const read_cache_options& how,
                 std::shared_ptr<lifeline::guards::cache_tier> second = nullptr)
      : cache_(rt, store, versions, how, nullptr, nullptr, std::move(second)),
        life_(with_cancel(rt.background())) {
    std::promise<void> started;
    lifeline::supervisor_options options;
    options.on_started = [&started] { started.set_value(); };
    spawn_supervisor(rt.system(), life_.ctx(), options, {cache_.shards({})});
    started.get_future().wait();
  }
  const read_cache* cache() const noexcept { return &cache_; }

 private:
  read_cache cache_;
  lifeline::cancel_scope life_;
};

}  // namespace bank::api::testing
