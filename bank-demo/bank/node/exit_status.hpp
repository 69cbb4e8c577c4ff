#pragma once

#include <cstdint>

namespace bank::node {

/// What the program tells whoever started it.
enum class exit_status : std::uint8_t {
  clean = 0,      ///< did what it was asked, or stopped with nothing left behind
  failed = 1,     ///< could not start, or lost its ownership of the store
  usage = 2,      ///< an option, a variable or a key is wrong
  abandoned = 4,  ///< stopped, but something had to be given up; or a second signal
};

}  // namespace bank::node
