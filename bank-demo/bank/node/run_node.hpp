#pragma once

#include <iosfwd>

#include "bank/node/configuration.hpp"
#include "bank/node/exit_status.hpp"

namespace bank::node {

/// Runs a node until SIGINT or SIGTERM, or until it can't go on. Writes one line to `out` once it
/// can serve, and logs to standard error. A second signal, and a stop that takes longer than its
/// time, end the process at once. Throws storage::startup_error if it can't start.
exit_status run_node(const configuration& c, std::ostream& out);

}  // namespace bank::node
