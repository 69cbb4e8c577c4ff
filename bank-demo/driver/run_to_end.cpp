#include "driver/run_to_end.hpp"

#include <signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstring>

namespace bank::driver {

namespace {

void add_stop_signals(asio::basic_signal_set<executor>& set) {
  set.add(SIGINT);
  set.add(SIGTERM);
  struct sigaction now {};
  if (::sigaction(SIGHUP, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) set.add(SIGHUP);
}

}  // namespace

maybe_problem run_to_end(asio::io_context& io, task<void> drive,
                         std::function<void(const std::string& why)> interrupted) {
  asio::basic_signal_set<executor> signals(io.get_executor());
  add_stop_signals(signals);
  signals.async_wait([&](const error_code& error, int number) {
    if (error) return;
    interrupted(std::string("interrupted (SIG") + ::sigabbrev_np(number) + ')');
    signals.async_wait([&](const error_code& again, int) {
      if (!again) io.stop();
    });
  });
  asio::co_spawn(io, std::move(drive), [&](const std::exception_ptr& error) {
    signals.cancel();
    if (error) std::rethrow_exception(error);
  });
  try {
    io.run();
  } catch (const std::exception& e) {
    return problem{std::string("internal error of the driver: ") + e.what()};
  }
  return std::nullopt;
}

}  // namespace bank::driver
