#pragma once

#include "bank/node/background_options.hpp"
#include "bank/storage/request_store.hpp"
#include "lifeline/actor/runtime.hpp"
#include "lifeline/ledger/journal_store.hpp"
#include "lifeline/work/job_store.hpp"
#include "lifeline/work/ticker.hpp"

namespace bank::node {

/// A ticker's round that deletes expired data: idempotency keys, finished jobs, and rows of the
/// request log if there is one. Each is an item of its own, so that one failure does not stop the
/// others. All arguments must outlive the ticker.
lifeline::round_function housekeeping_rounds(lifeline::runtime& rt,
                                             lifeline::ledger::journal_store& books,
                                             lifeline::job_store& jobs,
                                             const background_options& options,
                                             storage::request_store* requests = nullptr);

}  // namespace bank::node
