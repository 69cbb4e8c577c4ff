#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "bank/node/exit_status.hpp"
#include "bank/node/options.hpp"

namespace bank::node {

/// The whole program: reads its options and runs the command. Results, and the line with the node's
/// address, go to `out`; errors go to `err`, one per line. Call it once, from the process's first
/// thread.
exit_status run_program(std::vector<std::string> arguments, const environment& variables,
                        std::ostream& out, std::ostream& err);

}  // namespace bank::node
