#pragma once

#include "lifeline/observe/actor_meter.hpp"

namespace lifeline::ledger::detail {

/// What the ledger counts, if somebody wants to know.
struct ledger_meters {
  ledger_meters(metrics& to, clock& time);

  histogram& durable;        ///< from a transfer's coming to its commit
  histogram& batch_entries;  ///< of a commit
  histogram& commit_time;
  counter& failed_commits;
  actor_meter journal;
  actor_meter processors;
  actor_meter group_processors;
  actor_meter order_desk;
  actor_meter shards;
  actor_meter accounts;
};

}  // namespace lifeline::ledger::detail
