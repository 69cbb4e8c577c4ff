#pragma once

#include <stdexcept>

namespace bank::storage {

/// Why the stores can't be opened: one sentence for the terminal that names the file and says what
/// to do.
class startup_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace bank::storage
