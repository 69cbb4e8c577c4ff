#pragma once

#include "bank/driver/load/request_plan.hpp"
#include "bank/driver/run/asker.hpp"
#include "bank/driver/scenario/scenario.hpp"

namespace bank::driver {

/// Opens the scenario's accounts and gives each its initial balance from the world. What is given
/// must stay until the task is done.
task<maybe_problem> prepare_accounts(asio::io_context& io, const asio::ip::tcp::endpoint& node,
                                     const request_writer& write, const scenario& s,
                                     traffic& counted);

}  // namespace bank::driver
