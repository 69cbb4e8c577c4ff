#include "bank/node/config_file.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>

#include <boost/json/basic_parser_impl.hpp>

#include "bank/node/suggestion.hpp"

namespace bank::node {
namespace {

using boost::json::error_code;
using boost::json::string_view;

// What the parser calls for each thing it has read. The text is fed line by line, so that whatever
// is heard stands on the line being fed.
struct entry_collector {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  std::size_t line = 0;
  std::string file;
  std::vector<std::string>* problems = nullptr;
  std::vector<file_entry> entries;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code&) {
    if (arrays_ == 0 && depth_ > 0) add(section_begin{});
    ++depth_;
    sections_.push_back(key_);
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    --depth_;
    sections_.pop_back();
    return true;
  }
  bool on_array_begin(error_code&) {
    if (arrays_++ == 0) add(unfit_value{"an array"});
    return true;
  }
  bool on_array_end(std::size_t, error_code&) {
    --arrays_;
    return true;
  }

  bool on_key_part(string_view s, std::size_t, error_code&) { return append(s); }
  bool on_key(string_view s, std::size_t, error_code&) {
    append(s);
    // A dot belongs between sections: within a name it would pass for one.
    const std::string name = text_.find('.') == text_.npos ? text_ : '"' + text_ + '"';
    key_ = sections_.back().empty() ? name : sections_.back() + '.' + name;
    text_.clear();
    if (arrays_ == 0) refuse_a_second(key_);
    return true;
  }
  bool on_string_part(string_view s, std::size_t, error_code&) { return append(s); }
  bool on_string(string_view s, std::size_t, error_code&) {
    append(s);
    return add(option_value(std::exchange(text_, {})));
  }
  bool on_number_part(string_view s, error_code&) { return append(s); }
  bool on_int64(std::int64_t n, string_view, error_code&) {
    text_.clear();
    return add(option_value(n));
  }
  bool on_uint64(std::uint64_t, string_view s, error_code&) { return add_unfit_number(s); }
  bool on_double(double, string_view s, error_code&) { return add_unfit_number(s); }
  bool on_bool(bool b, error_code&) { return add(option_value(b)); }
  bool on_null(error_code&) { return add(unfit_value{"null"}); }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

 private:
  bool append(string_view s) {
    text_.append(s.data(), s.size());
    return true;
  }

  bool add_unfit_number(string_view s) {
    append(s);
    return add(unfit_value{std::exchange(text_, {})});
  }

  // Inside an array, and at the top, there is no key to set.
  template <class T>
  bool add(T value) {
    const bool begins_array = std::is_same_v<T, unfit_value> && arrays_ == 1 && !in_array_;
    in_array_ = arrays_ > 0;
    if (arrays_ > 0 && !begins_array) return true;
    if (depth_ == 0)
      problems->push_back(file_place{file, line}.prefix() + "the file must hold one JSON object");
    else
      entries.push_back({key_, line, std::move(value)});
    return true;
  }

  void refuse_a_second(const std::string& path) {
    const auto [first, fresh] = lines_.emplace(path, line);
    if (!fresh)
      problems->push_back(file_place{file, line}.prefix() + path + " stands twice, first on line " +
                          std::to_string(first->second));
  }

  std::size_t depth_ = 0;   // objects that are open
  std::size_t arrays_ = 0;  // arrays that are open
  bool in_array_ = false;
  std::string key_;   // path of the last key
  std::string text_;  // of the key, string or number being read
  std::vector<std::string> sections_;
  std::map<std::string, std::size_t> lines_;
};

using entry_parser = boost::json::basic_parser<entry_collector>;

boost::json::parse_options with_comments() {
  boost::json::parse_options options;
  options.allow_comments = true;
  return options;
}

// The first line of the text with its end, taken off the text.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end == std::string_view::npos ? end : end + 1);
  text.remove_prefix(line.size());
  return line;
}

std::vector<std::string> names_in(std::string_view section) {
  std::vector<std::string> names;
  for (const option& o : option_table())
    if (o.section() == section && !std::holds_alternative<planned>(o.shape))
      names.emplace_back(o.path);
  return names;
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const option& o : option_table()) {
    names.emplace_back(o.path);
    names.emplace_back(o.section());
  }
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& n : names) all += (all.empty() ? "" : ", ") + n;
  return all;
}

std::string unknown_key(const std::string& path) {
  const auto hint = did_you_mean(path, all_names());
  if (!hint.empty()) return path + " is not a key" + hint;
  const std::string section = path.substr(0, path.rfind('.') == path.npos ? 0 : path.rfind('.'));
  const auto known = names_in(section).empty() ? names_in("") : names_in(section);
  return path + " is not a key; there are " + listed(known);
}

bool is_section(std::string_view path) {
  for (const option& o : option_table())
    if (!path.empty() && o.section() == path) return true;
  return false;
}

// What is wrong with the entry, or nothing once it is set.
std::string apply_entry(const file_entry& e, configuration& c) {
  const option* o = find_option(e.path);
  const auto* given = std::get_if<option_value>(&e.value);
  if (o == nullptr && is_section(e.path)) {
    if (std::holds_alternative<section_begin>(e.value)) return {};
    return e.path + " must be an object with " + listed(names_in(e.path));
  }
  if (o == nullptr) return unknown_key(e.path);
  if (given == nullptr) {
    const auto* shown = std::get_if<unfit_value>(&e.value);
    return e.path + ' ' + unfit(*o, shown != nullptr ? shown->shown : "an object").what;
  }
  const auto value = check_value(*o, *given);
  if (!value) return e.path + ' ' + value.error().what;
  o->set(c, *value);
  return {};
}

bool is_inside(const std::string& path, const std::string& section) {
  return !section.empty() && path.starts_with(section + '.');
}

/// Gives an errno. A folder opens like a file and fails, or throws, at the first read.
int read_whole(const std::string& file, std::string& text) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return EISDIR;
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in.is_open()) return errno;
  text.assign(std::istreambuf_iterator<char>(in), {});
  return in.bad() ? EIO : 0;
}

}  // namespace

std::vector<file_entry> read_entries(std::string_view text, const std::string& file,
                                     std::vector<std::string>& problems) {
  entry_parser parser(with_comments());
  entry_collector& heard = parser.handler();
  heard.file = file;
  heard.problems = &problems;
  error_code failed;
  while (!failed && !text.empty()) {
    ++heard.line;
    const std::string_view line = take_line(text);
    const std::size_t read = parser.write_some(true, line.data(), line.size(), failed);
    if (!failed && read < line.size()) failed = boost::json::error::extra_data;
  }
  if (!failed) parser.write_some(false, "", 0, failed);
  if (failed)
    problems.push_back(file_place{file, heard.line}.prefix() + "this is not JSON (" +
                       failed.message() + ')');
  return std::move(heard.entries);
}

void apply_file_text(std::string_view text, const std::string& file, configuration& c,
                     std::vector<std::string>& problems) {
  std::string unknown_section;  // told once, not for each of its keys
  for (const file_entry& e : read_entries(text, file, problems)) {
    if (is_inside(e.path, unknown_section)) continue;
    const std::string wrong = apply_entry(e, c);
    if (wrong.empty()) continue;
    problems.push_back(file_place{file, e.line}.prefix() + wrong);
    if (std::holds_alternative<section_begin>(e.value)) unknown_section = e.path;
  }
}

void apply_file(const std::string& file, configuration& c, std::vector<std::string>& problems) {
  std::string text;
  if (const int error = read_whole(file, text); error != 0) {
    problems.push_back(file + ": can't be read (" + std::generic_category().message(error) +
                       "): give --config the path of a JSON file");
    return;
  }
  apply_file_text(text, file, c, problems);
}

}  // namespace bank::node
