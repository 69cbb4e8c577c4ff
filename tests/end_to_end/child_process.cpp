#include "end_to_end/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>

namespace bank::end_to_end {

namespace {

constexpr std::chrono::milliseconds longest_wait = std::chrono::minutes(4);

[[noreturn]] void become(const child_process::command& c, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
  const int errors = ::open(c.errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  for (const auto& [name, value] : c.environment) ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<std::string> words{c.program.string()};
  words.insert(words.end(), c.arguments.begin(), c.arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

}  // namespace

child_process::child_process(const command& c) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe can be made");
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(c, ends[1], parent);
  ::close(ends[1]);
  output_ = ends[0];
  if (pid_ < 0) throw std::runtime_error("no process can be started");
}

child_process::child_process(child_process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::exchange(other.output_, -1)),
      read_(std::move(other.read_)) {}

child_process::~child_process() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (output_ >= 0) ::close(output_);
}

/// False at the end of the output.
bool child_process::read_more() {
  pollfd ready{output_, POLLIN, 0};
  int n = 0;
  do n = ::poll(&ready, 1, static_cast<int>(longest_wait.count()));
  while (n < 0 && errno == EINTR);
  if (n <= 0) throw std::runtime_error("a program neither says anything nor ends");
  std::array<char, 4096> bytes{};
  const ssize_t got = ::read(output_, bytes.data(), bytes.size());
  if (got > 0) read_.append(bytes.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::optional<std::string> child_process::read_line() {
  std::size_t end = 0;
  while ((end = read_.find('\n')) == std::string::npos)
    if (!read_more()) return std::nullopt;
  std::string line = read_.substr(0, end);
  read_.erase(0, end + 1);
  return line;
}

void child_process::send(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

ending child_process::wait() {
  while (read_more()) {
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  ending end;
  end.output = std::move(read_);
  if (WIFEXITED(status)) end.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  return end;
}

ending run_program(const child_process::command& c) { return child_process(c).wait(); }

}  // namespace bank::end_to_end
