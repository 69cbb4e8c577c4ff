#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "bank/node/exit_status.hpp"
#include "bank/node/options.hpp"

namespace bank::node {

/// The whole program: reads its options and does what they ask. Answers, and the line that says
/// where the node listens, go to `out`; what is wrong goes to `err`, a sentence a line. Call it
/// once, from the process's first thread.
exit_status run_program(std::vector<std::string> arguments, const environment& variables,
                        std::ostream& out, std::ostream& err);

}  // namespace bank::node
