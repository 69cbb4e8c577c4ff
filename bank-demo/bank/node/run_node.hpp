#pragma once

#include <functional>
#include <iosfwd>

#include "bank/node/configuration.hpp"
#include "bank/node/exit_status.hpp"
#include "bank/node/stores.hpp"

namespace bank::node {

/// Opens the stores in the data folder, which is already locked.
using stores_opener = std::function<stores(const configuration&, const storage::data_dir&)>;

/// Runs a node until a signal (SIGINT, SIGTERM, SIGHUP) or a fatal error, then stops it in phases
/// within the configured time. Writes one line to `out` once it can serve, and logs to standard
/// error. A stop that abandons something, and a second signal, end the process at once with status
/// `abandoned`. Throws storage::startup_error if it can't start.
exit_status run_node(const configuration& c, std::ostream& out,
                     const stores_opener& open = open_stores);

}  // namespace bank::node
