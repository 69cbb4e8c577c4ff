#pragma once

#include "lifeline/actor/runtime.hpp"
#include "lifeline/ledger/ledger.hpp"
#include "lifeline/ledger/ledger_reader.hpp"

namespace bank::node {

/// The parts of the bank that an import uses; they outlive it.
struct import_bank {
  lifeline::runtime& rt;
  const lifeline::ledger::ledger& books;
  lifeline::ledger::ledger_reader& store;
};

}  // namespace bank::node
