#pragma once

#include <sys/types.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "driver/http_address.hpp"
#include "driver/problem.hpp"
#include "driver/task.hpp"

namespace bank::driver {

/// A new folder in the system's temporary folder, removed at the end unless kept.
class temporary_folder {
 public:
  static result<temporary_folder> make();
  temporary_folder(temporary_folder&& other) noexcept;
  temporary_folder& operator=(temporary_folder&&) = delete;
  ~temporary_folder();

  const std::filesystem::path& path() const noexcept { return path_; }
  /// Keeps the folder for inspection.
  void keep() noexcept { kept_ = true; }

 private:
  explicit temporary_folder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
  bool kept_ = false;
};

/// A node as a child process of the driver. It never outlives the driver: the destructor kills it,
/// and the system kills it if the driver is killed.
class node_process {
 public:
  struct command {
    std::filesystem::path program;
    std::filesystem::path data_dir;
    std::filesystem::path log;  ///< standard error is appended to it
    std::optional<std::filesystem::path> config;
    std::vector<std::string> more;        ///< further arguments
    std::chrono::seconds start_time{60};  ///< limit for its line "listening on"
    std::chrono::seconds stop_time{20};   ///< limit for its end after SIGTERM
  };

  node_process(asio::io_context& io, command c);
  node_process(const node_process&) = delete;
  node_process& operator=(const node_process&) = delete;
  ~node_process();

  /// Starts the node and waits until it serves. `port` 0: any free port.
  task<result<http_address>> start(std::uint16_t port);
  /// `kill -9`; returns when the process is gone.
  void kill();
  /// Sends SIGTERM; anything but exit status 0 in time is a problem. Does nothing if it does not
  /// run.
  task<maybe_problem> stop();

  /// Why the node has ended unexpectedly; empty if it runs. Does not wait.
  maybe_problem check_alive();

 private:
  using pipe_end = asio::posix::basic_stream_descriptor<executor>;

  std::vector<std::string> arguments(std::uint16_t port) const;
  maybe_problem launch(std::uint16_t port);
  task<std::string> read_line(std::chrono::seconds limit, error_code& error);
  task<bool> read_to_end(std::chrono::seconds limit);
  void limit_reading(std::chrono::seconds limit);
  int reap();
  void forget();
  problem did_not_start(const error_code& error);
  problem did_not_stop() const;
  maybe_problem judge_end(int status) const;

  command command_;
  pipe_end output_;  ///< standard output; it ends with the node
  timer timer_;
  std::string buffer_;
  pid_t pid_ = -1;
};

/// The program `name` in the folder of the running one.
std::filesystem::path beside_this_program(std::string_view name);

}  // namespace bank::driver
