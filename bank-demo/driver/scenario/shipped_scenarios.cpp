#include "driver/scenario/shipped_scenarios.hpp"

#include <algorithm>
#include <cmath>

#include "driver/node_process.hpp"

namespace bank::driver {

namespace {

namespace fs = std::filesystem;

/// The folder of scenarios in `at` or in a parent of it; empty if there is none.
fs::path find_upward(fs::path at) {
  for (; at.has_relative_path(); at = at.parent_path())
    for (const char* below : {"config/scenarios", "share/lifeline/scenarios"})
      if (std::error_code ignored; fs::is_directory(at / below, ignored)) return at / below;
  return {};
}

fs::path scenario_folder() {
  const fs::path shipped = find_upward(beside_this_program(""));
  return shipped.empty() ? find_upward(fs::current_path()) : shipped;
}

std::string listed(const std::vector<fs::path>& files) {
  std::string text;
  for (const fs::path& file : files) text += (text.empty() ? "" : ", ") + file.stem().string();
  return text.empty() ? "none" : text;
}

}  // namespace

std::vector<fs::path> shipped_scenarios() {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(scenario_folder(), ignored))
    if (entry.path().extension() == ".json" && entry.path().stem().extension() != ".schema")
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

result<fs::path> find_scenario(const std::string& name) {
  std::error_code ignored;
  if (fs::exists(name, ignored)) return {boost::system::in_place_value, name};
  const std::vector<fs::path> shipped = shipped_scenarios();
  for (const fs::path& file : shipped)
    if (file.stem() == name) return {boost::system::in_place_value, file};
  return problem{"no scenario file \"" + name +
                 "\", and no shipped scenario of that name; shipped: " + listed(shipped)};
}

std::string describe(const scenario& s) {
  if (!s.about.empty() || !s.replay) return s.about;
  std::string text = "replays " + s.replay->dir.filename().string() + " (" +
                     std::string(s.replay->unit.code()) + ") over " +
                     std::to_string(s.replay->connections) + " connections";
  for (const kill_fault& kill : s.kills)
    text += ", kills the node at " + std::to_string(std::lround(kill.share * 100)) + " %";
  return text;
}

}  // namespace bank::driver
