#include "bank/node/process.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

namespace bank::node {
namespace {

bool is_ignored(int signal) {
  struct sigaction now {};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

/// Without SIGHUP if it is ignored at the start, as under nohup(1).
sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  if (!is_ignored(SIGHUP)) sigaddset(&set, SIGHUP);
  return set;
}

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "signals");
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { ::close(fd_); }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

int signal_descriptor() {
  const sigset_t set = stop_signals();
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace

void prepare_process() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGUSR1, SIG_IGN);
  std::signal(SIGUSR2, SIG_IGN);
  ::umask(S_IRWXG | S_IRWXO);  // only the node's user may read the ledger and the tokens
  raise_file_limit();
}

std::uint64_t file_limit() noexcept {
  rlimit limit{};
  const bool is_known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0;
  return is_known && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur : UINT64_MAX;
}

std::string name_of(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(signal);
}

struct signal_watch::parts {
  callback first;
  callback again;
  lifeline::duration echo{};
  lifeline::time_point echo_until{};
  descriptor signals{signal_descriptor()};
  descriptor end{eventfd(0, EFD_CLOEXEC)};
  std::thread thread;

  void run() {
    std::array<pollfd, 2> ready{pollfd{signals.get(), POLLIN, 0}, pollfd{end.get(), POLLIN, 0}};
    for (;;) {
      if (poll(ready.data(), ready.size(), -1) < 0) continue;  // interrupted
      if (ready[1].revents != 0) return;
      take_signal();
    }
  }

  void take_signal() {
    signalfd_siginfo info{};
    if (::read(signals.get(), &info, sizeof info) != sizeof info) return;
    const auto now = lifeline::process_clock().now();
    const int signal = static_cast<int>(info.ssi_signo);
    if (first) {
      echo_until = now + echo;
      std::exchange(first, {})(signal);
    } else if (now >= echo_until) {
      again(signal);
    }
  }
};

signal_watch::signal_watch(callback first, callback again, lifeline::duration echo)
    : parts_(std::make_unique<parts>()) {
  parts_->echo = echo;
  parts_->first = std::move(first);
  parts_->again = std::move(again);
  parts_->thread = std::thread([p = parts_.get()] { p->run(); });
}

signal_watch::~signal_watch() {
  eventfd_write(parts_->end.get(), 1);
  parts_->thread.join();
}

}  // namespace bank::node
