#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bank/node/option_table.hpp"
#include "bank/node/options.hpp"

namespace bank::node {

/// The parsed command line; the values are still text.
struct command_line {
  command what = command::run;
  std::optional<std::string> config;
  std::vector<std::pair<const option*, std::string>> options;  ///< as given
  std::string file;
  std::string role;
  std::string owner;
  std::string currency;
  std::string overdraft_limit;
  std::string output;
  std::vector<std::string> problems;
};

command_line parse_command_line(std::vector<std::string> arguments);

}  // namespace bank::node
