#pragma once

#include <iosfwd>

#include "bank/node/configuration.hpp"
#include "bank/node/exit_status.hpp"
#include "bank/node/process.hpp"
#include "lifeline/context/context.hpp"

// What the offline commands share.

namespace bank::node {

/// A context that SIGINT, SIGTERM or SIGHUP cancels; a second signal ends the process with status
/// `abandoned`.
class until_signal {
 public:
  const lifeline::context& ctx() const noexcept { return scope_.ctx(); }

 private:
  lifeline::cancel_scope scope_ = lifeline::with_cancel(lifeline::background());
  signal_watch signals_{[this](int) { scope_.cancel(); }, [](int) { end_at_once(); }};

  [[noreturn]] static void end_at_once();
};

/// Reports the cancelled command and returns its status.
exit_status called_off(std::ostream& err);
/// Is this standard error, and a terminal?
bool is_terminal(const std::ostream& err);
/// Throws storage::startup_error unless the store is sqlite; `instead` says what to do in that
/// case.
void require_embedded(const configuration& c, const char* instead);

}  // namespace bank::node
