#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "driver/problem.hpp"
#include "driver/scenario/scenario.hpp"

namespace bank::driver {

/// The scenario files shipped with the program, ordered by name: from the first folder
/// `config/scenarios` or `share/lifeline/scenarios` above the program, else above the working
/// directory.
std::vector<std::filesystem::path> shipped_scenarios();

/// The file for `name`: a path, or the name of a shipped scenario.
result<std::filesystem::path> find_scenario(const std::string& name);

/// One line about a scenario: its "about", or "replays sample-books (CZK), kills the node at 40 %".
std::string describe(const scenario& s);

}  // namespace bank::driver
