#pragma once

#include "driver/load/request_writer.hpp"
#include "driver/run/asker.hpp"
#include "driver/scenario/scenario.hpp"

namespace bank::driver {

/// Opens the scenario's accounts and pays in their initial balances. The arguments must outlive the
/// task.
task<maybe_problem> prepare_accounts(const request_writer& write, const scenario& s);

}  // namespace bank::driver
