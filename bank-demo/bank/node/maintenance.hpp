#pragma once

#include <iosfwd>
#include <string>

#include "bank/node/configuration.hpp"
#include "bank/node/exit_status.hpp"

namespace bank::node {

// Offline commands; they work while a node runs, too. SIGINT, SIGTERM or SIGHUP cancels them (exit
// status 4). Results go to `out`, progress to `err`: a bar on a terminal, else a line per step.
// They throw storage::startup_error if they can't start.

/// Copies the ledger into a new file.
exit_status back_up(const configuration& c, const std::string& file, std::ostream& out,
                    std::ostream& err);

/// Checks the whole ledger; exit status 0: whole, 1: broken.
exit_status verify(const configuration& c, std::ostream& out, std::ostream& err);

}  // namespace bank::node
