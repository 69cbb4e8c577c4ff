#pragma once

#include <cstdint>

namespace bank::node {

/// The program's exit status.
enum class exit_status : std::uint8_t {
  clean = 0,      ///< the command succeeded, or the node stopped cleanly
  failed = 1,     ///< could not start, or lost its ownership of the store
  usage = 2,      ///< an option, a variable or a key is wrong
  abandoned = 4,  ///< stopped but abandoned something, or a second signal came
};

}  // namespace bank::node
