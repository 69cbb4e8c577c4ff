#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bank/node/option_table.hpp"
#include "bank/node/settings.hpp"

namespace bank::node {

/// Where a key stands.
struct file_place {
  std::string file;
  std::size_t line = 0;

  /// `config/node.json:12: `, before a sentence.
  std::string prefix() const { return file + ':' + std::to_string(line) + ": "; }
};

/// An object: what is in it follows under its path.
struct section_begin {};
/// A value that no option takes, as it reads: `null`, `1.5`, `an array`.
struct unfit_value {
  std::string shown;
};

/// A key of the file with its path (`http.threads`) and its value.
struct file_entry {
  std::string path;
  std::size_t line = 0;
  std::variant<option_value, section_begin, unfit_value> value;
};

/// Reads JSON, with comments and a byte order mark if there are any, into its keys, in order, each
/// with its line. What is not JSON, and a key that stands twice, is added to `problems`. `file` is
/// only named, not opened.
std::vector<file_entry> read_entries(std::string_view text, const std::string& file,
                                     std::vector<std::string>& problems);

/// Sets what the text of a configuration file says. Adds a problem for each key that is unknown or
/// has a bad value: file, line, key, and what would be right.
void apply_file_text(std::string_view text, const std::string& file, settings& s);
/// The same, with the file read first.
void apply_file(const std::string& file, settings& s);

}  // namespace bank::node
