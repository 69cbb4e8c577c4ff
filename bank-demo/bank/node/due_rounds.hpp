#pragma once

#include <functional>

#include "lifeline/actor/runtime.hpp"
#include "lifeline/ledger/ledger.hpp"
#include "lifeline/ledger/ledger_reader.hpp"
#include "lifeline/work/ticker.hpp"

namespace bank::node {

/// A ticker's round for due transfers: lists them batch by batch and has each executed by its
/// processor. Failed ones stay for the next round; the next due time wakes the ticker
/// (`ledger::due_worker` decides). All arguments must outlive the ticker.
lifeline::round_function due_rounds(lifeline::runtime& rt, const lifeline::ledger::ledger& books,
                                    lifeline::ledger::ledger_reader& store,
                                    std::chrono::milliseconds period);

/// A ticker's round for due standing orders: lists them batch by batch and has each advanced by the
/// ledger's `order_processor`, which makes a scheduled transfer for each occurrence. `made` is
/// called on the ticker's actor after each order that made transfers, so that these can be
/// executed. All arguments must outlive the ticker.
lifeline::round_function order_rounds(lifeline::runtime& rt, const lifeline::ledger::ledger& books,
                                      lifeline::ledger::ledger_reader& store,
                                      std::chrono::milliseconds period, std::function<void()> made);

}  // namespace bank::node
