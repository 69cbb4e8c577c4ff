#include "driver/run_to_end.hpp"

#include <signal.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstring>

#include "driver/task_group.hpp"

namespace bank::driver {

namespace {

void add_stop_signals(asio::basic_signal_set<executor>& set) {
  set.add(SIGINT);
  set.add(SIGTERM);
  struct sigaction now {};
  if (::sigaction(SIGHUP, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) set.add(SIGHUP);
}

problem internal_error(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return {std::string("internal error of the driver: ") + e.what()};
  }
}

}  // namespace

maybe_problem run_to_end(asio::io_context& io, task<void> drive,
                         std::function<void(const std::string& why)> interrupted) {
  running_tasks& all = asio::use_service<running_tasks>(io);
  maybe_problem wrong;
  const auto fail = [&](const std::exception_ptr& error) {
    if (!all.is_cancelled()) wrong = internal_error(error);
    all.cancel();
  };
  asio::basic_signal_set<executor> signals(io.get_executor());
  add_stop_signals(signals);
  signals.async_wait([&](const error_code& error, int number) {
    if (error) return;
    interrupted(std::string("interrupted (SIG") + ::sigabbrev_np(number) + ')');
    signals.async_wait([&](const error_code& again, int) {
      if (!again) all.cancel();
    });
  });
  all.spawn(io, std::move(drive), [&](const std::exception_ptr& error) {
    signals.cancel();
    if (error) fail(error);
  });
  while (!io.stopped()) {
    try {
      io.run();
    } catch (...) {
      fail(std::current_exception());
    }
  }
  return wrong;
}

}  // namespace bank::driver
