#pragma once

#include <memory>
#include <vector>

#include "lifeline/ledger/actors/parts.hpp"
#include "lifeline/supervision/supervisor.hpp"

namespace lifeline::ledger::detail {

/// The ledger's actors, for a supervisor with strategy rest_for_one and these options:
///
/// - `journal`, ready once it holds the store's newest epoch;
/// - `ledger`, a supervisor of one group that restarts and fails together: `barrier`, which holds
///   the others back until nothing of an earlier group runs or is in flight, then the directory's
///   shards, then the processors.
///
/// They refer to the environment's runtime and store until they have ended.
std::vector<child_spec> ledger_children(const std::shared_ptr<environment>& env,
                                        const supervisor_options& above);

}  // namespace lifeline::ledger::detail
