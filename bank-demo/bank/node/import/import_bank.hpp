#pragma once

#include "lifeline/actor/runtime.hpp"
#include "lifeline/ledger/ledger.hpp"
#include "lifeline/ledger/ledger_store.hpp"

namespace bank::node {

/// What an import needs of a bank; all of it outlives the import.
struct import_bank {
  lifeline::runtime& rt;
  const lifeline::ledger::ledger& books;
  lifeline::ledger::ledger_store& store;
};

}  // namespace bank::node
