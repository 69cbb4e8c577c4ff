#pragma once

#include <functional>

#include "lifeline/actor/runtime.hpp"
#include "lifeline/ledger/ledger.hpp"
#include "lifeline/ledger/ledger_store.hpp"
#include "lifeline/work/ticker.hpp"

namespace bank::node {

/// A ticker's round that works off the open transfers whose time has come: lists them, a batch
/// after the other, and has each executed by its processor; what fails stays for the next round,
/// and what is due next wakes the ticker (`ledger::due_worker` decides). All that is given must
/// outlive the ticker.
lifeline::round_function due_rounds(lifeline::runtime& rt, const lifeline::ledger::ledger& books,
                                    lifeline::ledger::ledger_store& store,
                                    std::chrono::milliseconds period);

/// A ticker's round that makes what is due of standing orders: lists these, a batch after the
/// other, and has each advanced by the ledger's desk, which makes a scheduled transfer of each
/// occurrence. After each order of which some were made, `made` is called, on the ticker's actor,
/// for whoever executes what is scheduled. All that is given must outlive the ticker.
lifeline::round_function order_rounds(lifeline::runtime& rt, const lifeline::ledger::ledger& books,
                                      lifeline::ledger::ledger_store& store,
                                      std::chrono::milliseconds period, std::function<void()> made);

}  // namespace bank::node
