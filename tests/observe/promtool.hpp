#pragma once

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace lifeline::testing {

/// The output and the exit status of a command.
struct said {
  std::string words;
  int status = -1;
};

inline said run_command(const std::string& command) {
  said s;
  std::FILE* out = ::popen((command + " 2>&1").c_str(), "r");
  if (out == nullptr) return s;
  std::array<char, 4096> some{};
  for (std::size_t n = 0; (n = std::fread(some.data(), 1, some.size(), out)) > 0;)
    s.words.append(some.data(), n);
  s.status = ::pclose(out);
  return s;
}

/// The output of `promtool check metrics`; empty if it finds nothing. Without promtool, returns a
/// text that fails the test: `scripts/setup test` installs it.
inline std::string complaints_about(const std::string& metrics_text) {
  std::string name = (std::filesystem::temp_directory_path() / "metrics_XXXXXX").string();
  ::close(::mkstemp(name.data()));
  std::ofstream(name) << metrics_text;
  const said s = run_command("promtool check metrics < " + name);
  std::filesystem::remove(name);
  return s.status == 0 ? s.words
                       : "promtool ended with " + std::to_string(s.status) + ": " + s.words;
}

}  // namespace lifeline::testing
