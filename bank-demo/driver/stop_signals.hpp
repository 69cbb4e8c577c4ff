#pragma once

#include <signal.h>

#include <csignal>
#include <cstring>
#include <string>

namespace bank::driver {

/// Adds the signals for a clean stop: SIGINT, SIGTERM, and SIGHUP unless it is ignored, as under
/// nohup(1).
template <class SignalSet>
void add_stop_signals(SignalSet& set) {
  set.add(SIGINT);
  set.add(SIGTERM);
  struct sigaction now {};
  if (::sigaction(SIGHUP, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) set.add(SIGHUP);
}

/// "interrupted (SIGTERM)".
inline std::string interrupted_by(int signal) {
  return std::string("interrupted (SIG") + ::sigabbrev_np(signal) + ')';
}

}  // namespace bank::driver
