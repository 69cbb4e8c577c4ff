#pragma once

#include <iosfwd>

#include "bank/node/configuration.hpp"
#include "bank/node/exit_status.hpp"
#include "bank/node/process.hpp"
#include "lifeline/context/context.hpp"

// What the commands for the books have in common.

namespace bank::node {

/// A context that SIGINT, SIGTERM or SIGHUP ends; a second one ends the process, with status
/// `abandoned`.
class until_signal {
 public:
  const lifeline::context& ctx() const noexcept { return scope_.ctx(); }

 private:
  lifeline::cancel_scope scope_ = lifeline::with_cancel(lifeline::background());
  signal_watch signals_{[this](int) { scope_.cancel(); }, [](int) { end_at_once(); }};

  [[noreturn]] static void end_at_once();
};

/// Says so, and gives the status.
exit_status called_off(std::ostream& err);
/// Is this standard error, and that a person's terminal?
bool is_terminal(const std::ostream& err);
/// Throws storage::startup_error where the books are not in the embedded store; `instead` tells
/// what can be done then.
void require_embedded(const configuration& c, const char* instead);

}  // namespace bank::node
