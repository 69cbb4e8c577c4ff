#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bank/node/option_table.hpp"
#include "bank/node/settings.hpp"

namespace bank::node {

/// The place of a key.
struct file_place {
  std::string file;
  std::size_t line = 0;

  /// `config/node.json:12: `, the start of an error text.
  std::string prefix() const { return file + ':' + std::to_string(line) + ": "; }
};

/// An object; its members follow as entries of their own.
struct section_begin {};
/// A value of a type that no option has, as text: `null`, `1.5`, `an array`.
struct unfit_value {
  std::string shown;
};

/// A key of the file, with its path (`http.threads`), line and value.
struct file_entry {
  std::string path;
  std::size_t line = 0;
  std::variant<option_value, section_begin, unfit_value> value;
};

/// Reads JSON (comments and a byte order mark are allowed) into its keys, in order. Invalid JSON
/// and duplicate keys are added to `problems`. `file` is only named in errors, not opened.
std::vector<file_entry> read_entries(std::string_view text, const std::string& file,
                                     std::vector<std::string>& problems);

/// Applies the text of a configuration file. Adds a problem for each key that is unknown or has a
/// bad value: file, line, key, and what would be right.
void apply_file_text(std::string_view text, const std::string& file, settings& s);
/// The same for a file on disk.
void apply_file(const std::string& file, settings& s);

}  // namespace bank::node
