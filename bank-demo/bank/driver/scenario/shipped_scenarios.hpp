#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bank/driver/problem.hpp"
#include "bank/driver/scenario/scenario.hpp"

namespace bank::driver {

/// The scenario files that came with the program, in order of their names: of the first folder
/// `config/scenarios` or `share/lifeline/scenarios` above the program, else above the current
/// folder.
std::vector<std::filesystem::path> shipped_scenarios();

/// The file that `name` means: a path, or else the name of a shipped scenario.
result<std::filesystem::path> find_scenario(const std::string& name);

/// What a scenario proves, in a line: what it says about itself, or "replays sample-books (CZK),
/// kills the node at 40 %".
std::string describe(const scenario& s);

}  // namespace bank::driver
