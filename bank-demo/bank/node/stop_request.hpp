#pragma once

#include <mutex>
#include <string>

#include "bank/node/exit_status.hpp"
#include "lifeline/context/context.hpp"

namespace bank::node {

/// A request to stop the node, from a signal or from a part that failed for good. The first one
/// counts. All members may be called from any thread.
class stop_request {
 public:
  explicit stop_request(const lifeline::context& parent) : scope_(with_cancel(parent)) {}

  /// Done once a stop was requested; the work of the start runs under it.
  const lifeline::context& ctx() const noexcept { return scope_.ctx(); }
  bool asked() const noexcept { return ctx().done(); }

  /// `how` becomes the program's exit status, unless it is `clean` and the stop is not.
  void ask(exit_status how, std::string why);

  /// The first request's values; `clean` and empty before.
  exit_status how() const;
  std::string why() const;

 private:
  mutable std::mutex mutex_;
  bool taken_ = false;
  exit_status how_ = exit_status::clean;
  std::string why_;
  lifeline::cancel_scope scope_;
};

}  // namespace bank::node
