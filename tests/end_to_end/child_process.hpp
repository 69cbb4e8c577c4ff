#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bank::end_to_end {

/// How a program ended.
struct ending {
  int status = -1;  ///< exit status; -1 if a signal ended it
  int signal = 0;
  std::string output;  ///< rest of its standard output
};

/// A program started by a test. It never outlives the test: the destructor kills and reaps it, and
/// the system kills it if the test is killed. Waiting in vain throws after a minute or two; this is
/// not a speed limit.
class child_process {
 public:
  struct command {
    std::filesystem::path program;
    std::vector<std::string> arguments;
    std::filesystem::path errors;  ///< the file that its standard error is appended to
    std::vector<std::pair<std::string, std::string>> environment;  ///< in addition to the test's
  };

  explicit child_process(const command& c);
  child_process(child_process&& other) noexcept;
  child_process& operator=(child_process&&) = delete;
  ~child_process();

  /// The next line of its standard output; empty at the end.
  std::optional<std::string> read_line();
  void send(int signal) const;
  pid_t pid() const noexcept { return pid_; }
  /// Waits for its end and reaps it.
  ending wait();

 private:
  bool read_more();

  pid_t pid_ = -1;
  int output_ = -1;
  std::string read_;
};

/// Runs a program to its end.
ending run_program(const child_process::command& c);

}  // namespace bank::end_to_end
