#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "lifeline/time/clock.hpp"

namespace bank::node {

/// Prepares the process, before its first thread: SIGINT and SIGTERM are blocked, for
/// `signal_watch` to take; SIGPIPE and SIGXFSZ are ignored, so that a lost client or a full disk is
/// an error of the call; as many files may be open as the system grants (each connection is one).
void prepare_process();

/// Hears SIGINT and SIGTERM on a thread of its own, where any code may run.
class signal_watch {
 public:
  using heard = std::function<void(int signal)>;

  /// `first` is called for the first signal, `again` for each after it, but for echoes: what comes
  /// within `echo` of the first one is the same wish. timeout(1) and terminals tell a process and
  /// then its group, which is the process again. Throws std::system_error.
  signal_watch(heard first, heard again, lifeline::duration echo = std::chrono::milliseconds(500));
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;
  /// Ends the thread; a call that has begun is waited for.
  ~signal_watch();

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace bank::node
