#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>

namespace bank::driver {

/// `bank-driver run`.
struct run_options {
  std::string scenario;  ///< a file, or the name of a shipped scenario
  std::string target;    ///< the node's address; empty: the driver starts a node
  std::string token;
  std::string token_file;
  std::optional<std::uint64_t> seed;
  std::optional<std::filesystem::path> replay_dir;
  std::optional<std::filesystem::path> report_dir;
  std::string postgres_url;  ///< for a node that the driver starts; overrides the scenario's
  bool in_process = false;   ///< a ledger in this process instead of a node
  bool quiet = false;
};
struct list_options {};
struct check_options {
  std::string scenario;
};
/// `bank-driver compare`: two reports of load runs.
struct compare_options {
  std::filesystem::path before;
  std::filesystem::path after;
};
/// `bank-driver schema`: the JSON Schema of scenario files.
struct schema_options {};
/// The command line was answered (`--help`) or refused; the text is printed already.
struct answered {
  int exit_status = 0;
};

using command = std::variant<answered, run_options, list_options, check_options, compare_options,
                             schema_options>;

/// Reads the command line. `version` is the text of `--version`.
command read_command_line(int argc, const char* const* argv, const std::string& version);

}  // namespace bank::driver
