#pragma once

#include "driver/options.hpp"
#include "driver/run/load_report.hpp"
#include "driver/scenario/scenario.hpp"

namespace bank::driver {

/// Why a scenario can't run without a node (faults and events need one); empty if it can.
maybe_problem why_not_in_process(const scenario& s);

/// `bank-driver run --in-process`: runs the scenario's phases against a ledger in this process,
/// with the embedded store in a folder of its own, without HTTP. It measures the ledger alone.
load_report run_in_process(const run_options& o, const scenario& s);

}  // namespace bank::driver
