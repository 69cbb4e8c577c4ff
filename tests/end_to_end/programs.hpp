#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "end_to_end/child_process.hpp"

namespace bank::end_to_end {

/// A temporary folder of a test.
class scratch_folder {
 public:
  scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  ~scratch_folder();

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::string read_text(const std::filesystem::path& file);
void write_text(const std::filesystem::path& file, const std::string& text);

/// A real, serving node.
class running_node {
 public:
  /// Starts the node and waits until it prints its address. Port 0: any free port. Throws with the
  /// end of its log if the node ends instead.
  running_node(const std::filesystem::path& data_dir, const std::filesystem::path& log,
               std::uint16_t port = 0);
  /// The same for another program that serves like a node, with further arguments.
  running_node(const std::filesystem::path& program, const std::vector<std::string>& more,
               const std::filesystem::path& data_dir, const std::filesystem::path& log,
               std::uint16_t port = 0);

  std::string admin_token() const;
  const std::string& url() const noexcept { return url_; }
  std::uint16_t port() const noexcept { return port_; }
  void send(int signal) const { process_.send(signal); }
  pid_t pid() const noexcept { return process_.pid(); }
  ending wait() { return process_.wait(); }

  /// The ledger's last sequence; empty while the node can't answer.
  std::optional<std::int64_t> ledger_sequence() const;

 private:
  child_process process_;
  std::filesystem::path data_dir_;
  std::string url_;
  std::uint16_t port_ = 0;
};

/// A node that must fail to start: its exit status and standard error.
struct failed_start {
  ending end;
  std::string words;
};
failed_start start_in_vain(const std::vector<std::string>& arguments);

child_process::command driver_command(const scratch_folder& scratch,
                                      const std::vector<std::string>& arguments);
/// A finished `bank-driver run`: exit status, output, and report.json if written.
struct driver_run {
  ending end;
  std::string errors;
  std::optional<boost::json::object> report;

  std::int64_t number(std::string_view key) const;
};
driver_run run_driver(const scratch_folder& scratch, const std::vector<std::string>& arguments);
/// The same for a driver started with `driver_command`.
driver_run finish(child_process& driver, const scratch_folder& scratch);

}  // namespace bank::end_to_end
