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

// The parser's handler. The text is fed line by line, so that `line` is the line of each token.
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
    // A name that contains a dot is quoted: the dot separates sections.
    const bool plain = !text_.empty() && text_.find('.') == text_.npos;
    const std::string name = plain ? text_ : '"' + text_ + '"';
    key_ = sections_.back().empty() ? name : sections_.back() + '.' + name;
    text_.clear();
    if (arrays_ == 0) refuse_duplicate(key_);
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
      problems->push_back(file_place{file, line}.prefix() +
                          "the file must contain one JSON object");
    else
      entries.push_back({key_, line, std::move(value)});
    return true;
  }

  void refuse_duplicate(const std::string& path) {
    const auto [first, fresh] = lines_.emplace(path, line);
    if (!fresh)
      problems->push_back(file_place{file, line}.prefix() + path +
                          ": duplicate key, first on line " + std::to_string(first->second));
  }

  std::size_t depth_ = 0;   // open objects
  std::size_t arrays_ = 0;  // open arrays
  bool in_array_ = false;
  std::string key_;   // path of the last key
  std::string text_;  // of the key, string or number being read
  std::vector<std::string> sections_;
  std::map<std::string, std::size_t> lines_;
};

using entry_parser = boost::json::basic_parser<entry_collector>;

/// Some editors write it at the start of a file; it has no meaning in UTF-8.
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

boost::json::parse_options with_comments() {
  boost::json::parse_options options;
  options.allow_comments = true;
  return options;
}

// Removes the first line, with its line break, from the text.
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

/// How the option is written in the file.
std::string written(const option& o, const file_entry& e) {
  const auto* given = std::get_if<option_value>(&e.value);
  const std::string value = given != nullptr && !o.secret ? shown(*given) : "...";
  const std::string_view section = o.section();
  if (section.empty()) return '"' + std::string(o.path) + "\": " + value + " at the top level";
  const std::string_view key = o.path.substr(section.size() + 1);
  return '"' + std::string(section) + "\": {\"" + std::string(key) + "\": " + value + '}';
}

std::string without_quotes(std::string path) {
  std::erase(path, '"');
  return path;
}

/// Options with the key's name in another place: the section is part of the name, is another one,
/// or is missing.
std::vector<const option*> misplaced(const std::string& path) {
  const std::string plain = without_quotes(path);
  const std::string_view key = std::string_view(plain).substr(plain.rfind('.') + 1);
  std::vector<const option*> meant;
  for (const option& o : option_table()) {
    if (std::holds_alternative<planned>(o.shape)) continue;
    const bool dotted = plain != path && ('.' + plain).ends_with('.' + std::string(o.path));
    const bool has_lost_its_section = plain == key && o.path.ends_with('.' + plain);
    const bool has_too_many = o.section().empty() && o.path == key;
    if (dotted || has_lost_its_section || has_too_many) meant.push_back(&o);
  }
  return meant;
}

std::string unknown_key(const file_entry& e) {
  const std::string& path = e.path;
  std::string places;
  for (const option* o : misplaced(path))
    places += (places.empty() ? "; write " : ", or ") + written(*o, e);
  if (!places.empty()) return path + ": unknown key" + places;
  if (path.find('"') == path.npos) {
    const auto hint = did_you_mean(path, all_names());
    if (!hint.empty()) return path + ": unknown key" + hint;
  } else if (const auto near = nearest_name(without_quotes(path), all_names())) {
    if (const option* o = find_option(*near))
      return path + ": unknown key; did you mean " + written(*o, e) + '?';
  }
  const std::string section = path.substr(0, path.rfind('.') == path.npos ? 0 : path.rfind('.'));
  const auto known = names_in(section).empty() ? names_in("") : names_in(section);
  return path + ": unknown key; allowed: " + listed(known);
}

bool is_section(std::string_view path) {
  for (const option& o : option_table())
    if (!path.empty() && o.section() == path) return true;
  return false;
}

// Applies the entry; adds a problem and returns false if it can't.
bool apply_entry(const file_entry& e, const std::string& place, settings& s) {
  const option* o = find_option(e.path);
  const auto refuse = [&](const std::string& why) { s.problems.push_back(place + why); };
  if (o == nullptr && is_section(e.path)) {
    if (std::holds_alternative<section_begin>(e.value)) return true;
    refuse(e.path + " must be an object; allowed keys: " + listed(names_in(e.path)));
    return false;
  }
  if (o == nullptr) {
    refuse(unknown_key(e));
    return false;
  }
  const auto* given = std::get_if<option_value>(&e.value);
  const auto* other = std::get_if<unfit_value>(&e.value);
  s.set(*o,
        given != nullptr ? check_value(*o, *given)
                         : unfit(*o, other != nullptr ? other->shown : "an object"),
        place + e.path);
  return given != nullptr;
}

bool is_inside(const std::string& path, const std::string& section) {
  return !section.empty() && path.starts_with(section + '.');
}

/// Returns an errno. A folder can be opened like a file and fails, or throws, at the first read.
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
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  entry_parser parser(with_comments());
  entry_collector& collector = parser.handler();
  collector.file = file;
  collector.problems = &problems;
  error_code failed;
  std::size_t read = 0;  // bytes of the last line
  while (!failed && !text.empty()) {
    ++collector.line;
    const std::string_view line = take_line(text);
    read = parser.write_some(true, line.data(), line.size(), failed);
    if (!failed && read < line.size()) failed = boost::json::error::extra_data;
  }
  const std::string at = failed ? " at column " + std::to_string(read + 1) : std::string();
  if (!failed) parser.write_some(false, "", 0, failed);
  if (failed)
    problems.push_back(file_place{file, collector.line}.prefix() + "not valid JSON (" +
                       failed.message() + at + ')');
  return std::move(collector.entries);
}

void apply_file_text(std::string_view text, const std::string& file, settings& s) {
  std::string unknown_section;  // reported once, not for each of its keys
  for (const file_entry& e : read_entries(text, file, s.problems)) {
    if (is_inside(e.path, unknown_section)) continue;
    const bool known = apply_entry(e, file_place{file, e.line}.prefix(), s);
    if (known) continue;
    if (std::holds_alternative<section_begin>(e.value)) unknown_section = e.path;
  }
}

void apply_file(const std::string& file, settings& s) {
  std::string text;
  if (const int error = read_whole(file, text); error != 0) {
    s.problems.push_back(file + ": can't be read (" + std::generic_category().message(error) +
                         "); --config needs the path of a JSON file");
    return;
  }
  apply_file_text(text, file, s);
}

}  // namespace bank::node
