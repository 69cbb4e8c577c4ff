#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bank/node/settings.hpp"

namespace bank::node {

/// What the program was asked to do.
enum class command : std::uint8_t {
  run,
  check_config,
  migrate,
  verify,
  back_up,
  create_token,
  import_books,
  print
};

/// The program's whole input, read and checked: nothing has been opened but the configuration file.
struct invocation {
  command what = command::run;
  configuration config;
  std::string file;             ///< check_config, back_up, import_books: which
  std::string role;             ///< create_token
  std::string owner;            ///< create_token, import_books
  std::string currency;         ///< import_books
  std::string overdraft_limit;  ///< import_books; empty: none
  std::string output;           ///< print: the text of --help or --version
  /// Sentences that name what is wrong and what would be right. Unless empty, nothing may be done.
  std::vector<std::string> problems;
};

using environment = std::vector<std::pair<std::string, std::string>>;

/// This process's variables.
environment current_environment();

/// Reads everything: the command line over the environment over the file that `--config` or
/// BANK_CONFIG names, or that check-config is given. All commands are checked alike. `arguments`
/// are without the program's name.
invocation read_options(std::vector<std::string> arguments, const environment& variables);

/// Sets what the variables that begin with BANK_ say; one that is unknown is a problem.
void apply_environment(const environment& variables, settings& s);

}  // namespace bank::node
