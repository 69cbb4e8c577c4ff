#pragma once

#include "lifeline/observe/actor_meter.hpp"

namespace lifeline::ledger::detail {

/// The ledger's metrics, if it is given a registry.
struct ledger_meters {
  ledger_meters(metrics& to, clock& time);

  histogram& durable;        ///< from receiving a transfer to its commit
  histogram& batch_entries;  ///< per commit
  histogram& commit_time;
  counter& failed_commits;
  /// Late answers dropped, by the actor that dropped them.
  struct late_answers {
    counter* journal;
    counter* processors;
    counter* order_processor;
    counter* shards;
    counter* accounts;
  };
  const late_answers late;
  actor_meter journal;
  actor_meter processors;
  actor_meter order_processor;
  actor_meter shards;
  actor_meter accounts;
};

}  // namespace lifeline::ledger::detail
