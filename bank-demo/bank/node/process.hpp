#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "lifeline/time/clock.hpp"

namespace bank::node {

/// Prepares the process, before its first thread. SIGINT, SIGTERM and SIGHUP are blocked, for
/// `signal_watch` to take; SIGHUP stays ignored under nohup(1). SIGPIPE and SIGXFSZ are ignored, so
/// that a lost client or a full disk is an error of the call; SIGUSR1 and SIGUSR2 are ignored, as
/// they would end the process. The limit of open files is raised as far as the system grants.
void prepare_process();

/// How many files this process may have open; the greatest number if there is no limit.
std::uint64_t file_limit() noexcept;

/// "SIGTERM".
std::string name_of(int signal);

/// Hears SIGINT, SIGTERM and SIGHUP on a thread of its own, where any code may run.
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
