#pragma once

#include <iosfwd>
#include <string>

#include "bank/node/configuration.hpp"
#include "bank/node/exit_status.hpp"

namespace bank::node {

// Commands for the books, beside a node that runs or without one. SIGINT or SIGTERM calls them off
// (exit status 4). Results go to `out`, progress to `err`: a bar on a terminal, else a line per
// step. Throw storage::startup_error where they can't begin.

/// Copies the books into the new file.
exit_status back_up(const configuration& c, const std::string& file, std::ostream& out,
                    std::ostream& err);

/// Checks the books; exit status 0: whole, 1: broken.
exit_status verify(const configuration& c, std::ostream& out, std::ostream& err);

}  // namespace bank::node
