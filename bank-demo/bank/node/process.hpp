#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "lifeline/time/clock.hpp"

namespace bank::node {

/// Prepares the process before its first thread. SIGINT, SIGTERM and SIGHUP are blocked, to be read
/// by `signal_watch`; SIGHUP stays ignored under nohup(1). SIGPIPE and SIGXFSZ are ignored, so that
/// a lost client or a full disk is an error of the call; SIGUSR1 and SIGUSR2 are ignored because
/// they would end the process. The limit of open files is raised to the system's maximum.
void prepare_process();

/// The limit of open files of this process; UINT64_MAX if there is none.
std::uint64_t file_limit() noexcept;

/// "SIGTERM".
std::string name_of(int signal);

/// Receives SIGINT, SIGTERM and SIGHUP on a thread of its own, where any code may run.
class signal_watch {
 public:
  using callback = std::function<void(int signal)>;

  /// Calls `first` for the first signal and `again` for each later one. Signals within `echo` of
  /// the first are ignored as repetitions: timeout(1) and terminals signal the process and then its
  /// group, which contains the process. Throws std::system_error.
  signal_watch(callback first, callback again,
               lifeline::duration echo = std::chrono::milliseconds(500));
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;
  /// Ends the thread after any running call.
  ~signal_watch();

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace bank::node
