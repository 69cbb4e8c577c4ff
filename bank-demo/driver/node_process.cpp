#include "driver/node_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/read_until.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "bank/books/csv.hpp"

namespace bank::driver {

namespace {

constexpr std::string_view greeting = "listening on ";

/// The child's code between fork and exec: system calls only, because other threads may have held
/// locks during the fork.
[[noreturn]] void become(char* const* argv, int output, int log, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::setpgid(0, 0);  // Ctrl-C goes to the driver only, which stops the node itself
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  // The child must not inherit the driver's sockets: a listening one would stay open.
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  ::execv(argv[0], argv);
  ::_exit(127);
}

std::string describe(int status) {
  if (WIFSIGNALED(status)) return "was killed by signal " + std::to_string(WTERMSIG(status));
  return "ended with exit status " + std::to_string(WEXITSTATUS(status));
}

/// The end of a log, to show why.
std::string last_lines(const std::filesystem::path& file) {
  const auto text = books::read_file(file);
  if (!text || text->empty()) return {};
  constexpr std::size_t most = 600;
  return "\n" + (text->size() > most ? text->substr(text->size() - most) : *text);
}

}  // namespace

result<temporary_folder> temporary_folder::make() {
  std::error_code error;
  std::string path = (std::filesystem::temp_directory_path(error) / "bank-driver-XXXXXX").string();
  if (error || ::mkdtemp(path.data()) == nullptr)
    return problem{"can't create a temporary folder (" + path + "): " + std::strerror(errno)};
  return temporary_folder(path);
}

temporary_folder::temporary_folder(temporary_folder&& other) noexcept
    : path_(std::move(other.path_)), kept_(std::exchange(other.kept_, true)) {}

temporary_folder::~temporary_folder() {
  if (kept_) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

node_process::node_process(asio::io_context& io, command c)
    : command_(std::move(c)), output_(io.get_executor()), timer_(io.get_executor()) {}

node_process::~node_process() { kill(); }

std::vector<std::string> node_process::arguments(std::uint16_t port) const {
  std::vector<std::string> all{command_.program.string(),
                               "--listen",
                               "127.0.0.1",
                               "--port",
                               std::to_string(port),
                               "--data-dir",
                               command_.data_dir.string()};
  if (command_.config) {
    all.emplace_back("--config");
    all.push_back(command_.config->string());
  }
  all.insert(all.end(), command_.more.begin(), command_.more.end());
  return all;
}

maybe_problem node_process::launch(std::uint16_t port) {
  std::array<int, 2> ends{};
  const int log = ::open(command_.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return problem{command_.log.string() + " can't be written: " + std::strerror(errno)};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    ::close(log);
    return problem{std::string("can't create a pipe: ") + std::strerror(errno)};
  }
  std::vector<std::string> words = arguments(port);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(argv.data(), ends[1], log, parent);
  ::close(log);
  ::close(ends[1]);
  output_.assign(ends[0]);
  buffer_.clear();
  if (pid_ > 0) return std::nullopt;
  return problem{std::string("can't start a process: ") + std::strerror(errno)};
}

task<result<http_address>> node_process::start(std::uint16_t port) {
  if (auto wrong = launch(port)) co_return *wrong;
  error_code error;
  for (;;) {
    const std::string line = co_await read_line(command_.start_time, error);
    if (error) co_return did_not_start(error);
    if (line.starts_with(greeting)) co_return http_address::parse(line.substr(greeting.size()));
  }
}

problem node_process::did_not_start(const error_code& error) {
  const bool in_time = error != asio::error::operation_aborted;
  if (!in_time) ::kill(pid_, SIGKILL);
  const int status = reap();
  const std::string why = !in_time ? "did not print \"listening on\" within " +
                                         std::to_string(command_.start_time.count()) + " s"
                          : WIFEXITED(status) && WEXITSTATUS(status) == 127
                              ? "can't be run"
                              : describe(status) + " instead of serving";
  return {command_.program.string() + " " + why + last_lines(command_.log)};
}

/// Cancels a read of the node's output after a time limit. The handler uses members only; the
/// reader cancels the timer when it is done.
void node_process::limit_reading(std::chrono::seconds limit) {
  timer_.expires_after(limit);
  timer_.async_wait([this](const error_code& error) {
    if (error) return;
    error_code ignored;
    output_.cancel(ignored);
  });
}

task<std::string> node_process::read_line(std::chrono::seconds limit, error_code& error) {
  limit_reading(limit);
  const std::size_t n = co_await asio::async_read_until(
      output_, asio::dynamic_buffer(buffer_, 64 * 1024), '\n', awaiting(error));
  timer_.cancel();
  if (error) co_return std::string();
  std::string line = buffer_.substr(0, n - 1);
  buffer_.erase(0, n);
  co_return line;
}

task<bool> node_process::read_to_end(std::chrono::seconds limit) {
  std::array<char, 4096> waste{};
  error_code error;
  limit_reading(limit);
  const auto room = asio::buffer(waste);
  while (!error) {
    co_await output_.async_read_some(room, awaiting(error));
  }
  timer_.cancel();
  co_return error == asio::error::eof;
}

void node_process::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  reap();
}

maybe_problem node_process::check_alive() {
  int status = 0;
  if (pid_ <= 0 || ::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  forget();
  return problem{"the node " + describe(status) + " unexpectedly" + last_lines(command_.log)};
}

/// Waits for an ending child and returns its status; 0 if there is no child.
int node_process::reap() {
  int status = 0;
  if (pid_ > 0)
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  forget();
  return status;
}

void node_process::forget() {
  pid_ = -1;
  error_code ignored;
  output_.close(ignored);
}

task<maybe_problem> node_process::stop() {
  if (pid_ <= 0) co_return std::nullopt;
  ::kill(pid_, SIGTERM);
  const bool ended = co_await read_to_end(command_.stop_time);
  if (!ended) {
    kill();
    co_return did_not_stop();
  }
  co_return judge_end(reap());
}

problem node_process::did_not_stop() const {
  return {"the node did not stop within " + std::to_string(command_.stop_time.count()) +
          " s after SIGTERM and was killed"};
}

maybe_problem node_process::judge_end(int status) const {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  return problem{"the node " + describe(status) + " after SIGTERM instead of exit status 0" +
                 last_lines(command_.log)};
}

std::filesystem::path beside_this_program(std::string_view name) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (error ? std::filesystem::current_path() : self.parent_path()) / name;
}

}  // namespace bank::driver
