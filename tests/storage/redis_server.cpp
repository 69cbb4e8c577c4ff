#include "storage/redis_server.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "bank/storage/redis/connection.hpp"

namespace bank::storage::tests {

using std::chrono::seconds;

namespace {

lifeline::time_point in(lifeline::duration d) { return lifeline::process_clock().now() + d; }

/// The password among the settings, if any.
std::string password_of(const std::vector<std::string>& settings) {
  for (std::size_t i = 0; i + 1 < settings.size(); ++i)
    if (settings[i] == "--requirepass") return settings[i + 1];
  return {};
}

}  // namespace

redis_server::redis_server(std::vector<std::string> settings) : settings_(std::move(settings)) {
  start();
}

redis_server::~redis_server() { kill(); }

void redis_server::start() {
  std::vector<std::string> words{"redis-server",
                                 "--port",
                                 "0",
                                 "--unixsocket",
                                 socket(),
                                 "--save",
                                 "",
                                 "--appendonly",
                                 "no",
                                 "--daemonize",
                                 "no",
                                 "--dir",
                                 folder_.path(),
                                 "--logfile",
                                 folder_ / "log"};
  words.insert(words.end(), settings_.begin(), settings_.end());
  std::vector<char*> arguments;
  for (auto& w : words) arguments.push_back(w.data());
  arguments.push_back(nullptr);
  const int parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("no process");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    ::execvp("redis-server", arguments.data());
    ::_exit(127);
  }
  for (const auto limit = in(seconds(30)); lifeline::process_clock().now() < limit;) {
    if (ask({"PING"}) == "PONG") return;
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) break;
    ::poll(nullptr, 0, 5);
  }
  pid_ = -1;
  throw std::runtime_error("redis-server did not start: scripts/setup test brings it");
}

void redis_server::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void redis_server::suspend() const {
  ::kill(pid_, SIGSTOP);
  int status = 0;
  ::waitpid(pid_, &status, WUNTRACED);
}
void redis_server::resume() const { ::kill(pid_, SIGCONT); }

std::string redis_server::ask(const std::vector<std::string>& words) const {
  redis_connection c;
  redis_address at;
  at.path = socket();
  at.password = password_of(settings_);
  if (c.open(at, in(seconds(5)))) return {};
  c.add({words.begin(), words.end()});
  std::vector<redis_reply> replies;
  if (c.exchange(replies, in(seconds(5)))) return {};
  const redis_reply& r = replies.front();
  return r.what == redis_reply::kind::number ? std::to_string(r.number) : r.text;
}

unsigned short free_port() {
  const int s = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (s < 0 || ::bind(s, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
      ::getsockname(s, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    throw std::runtime_error("no free port");
  ::close(s);
  return ntohs(at.sin_port);
}

}  // namespace bank::storage::tests
