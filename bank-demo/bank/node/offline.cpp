#include "bank/node/offline.hpp"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "bank/storage/startup_error.hpp"

namespace bank::node {

void until_signal::end_at_once() { std::_Exit(static_cast<int>(exit_status::abandoned)); }

exit_status called_off(std::ostream& err) {
  err << "bank-node: cancelled by a signal\n";
  return exit_status::abandoned;
}

bool is_terminal(const std::ostream& err) {
  return &err == &std::cerr && ::isatty(STDERR_FILENO) == 1;
}

void require_embedded(const configuration& c, const char* instead) {
  if (c.store != "sqlite")
    throw storage::startup_error("this command needs the store sqlite, but the store is " +
                                 c.store + ": " + instead);
}

}  // namespace bank::node
