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

/// The program's whole input, read and checked. Only the configuration file has been opened.
struct invocation {
  command what = command::run;
  configuration config;
  std::string file;             ///< check_config, back_up, import_books: FILE or DIR
  std::string role;             ///< create_token
  std::string owner;            ///< create_token, import_books
  std::string currency;         ///< import_books
  std::string overdraft_limit;  ///< import_books; empty: none
  std::string output;           ///< print: the text of --help or --version
  /// Errors: what is wrong and what would be right. The command may run only if there is none.
  std::vector<std::string> problems;
};

using environment = std::vector<std::pair<std::string, std::string>>;

/// This process's variables.
environment current_environment();

/// Reads all sources: the command line overrides the environment, which overrides the file of
/// `--config`, BANK_CONFIG or check-config. Every command gets the same checks. `arguments` exclude
/// the program's name.
invocation read_options(std::vector<std::string> arguments, const environment& variables);

/// Applies the variables that begin with BANK_; an unknown one is an error.
void apply_environment(const environment& variables, settings& s);

}  // namespace bank::node
