#include "bank/node/config_file.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "bank/json/document.hpp"
#include "bank/node/suggestion.hpp"

namespace bank::node {
namespace {

/// Some editors write it at the start of a file; it has no meaning in UTF-8.
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Lists a document's keys in order, with their paths.
class entry_collector {
 public:
  entry_collector(const json::document& from, const std::string& file) : from_(from), file_(file) {}

  std::vector<file_entry> entries;
  std::vector<std::string> duplicates;

  void collect(const json::value& object, const std::string& section) {
    for (const json::value& m : object.children()) {
      const std::string path = (section.empty() ? "" : section + '.') + name_of(m);
      refuse_duplicate(m, path);
      entries.push_back({path, m.line(), content_of(m)});
      if (m.is_object()) collect(m, path);
    }
  }

 private:
  /// A name that contains a dot is quoted: the dot separates sections.
  static std::string name_of(const json::value& m) {
    const std::string name(m.key());
    return name.empty() || name.find('.') != name.npos ? '"' + name + '"' : name;
  }

  static decltype(file_entry::value) content_of(const json::value& v) {
    using kind = json::value::kind;
    switch (v.what()) {
      case kind::boolean: return option_value(*v.as_bool());
      case kind::integer: return option_value(*v.as_integer());
      case kind::text: return option_value(std::string(v.spelled()));
      case kind::object: return section_begin{};
      case kind::array: return unfit_value{"an array"};
      case kind::number:
      case kind::null: break;
    }
    return unfit_value{std::string(v.spelled())};
  }

  void refuse_duplicate(const json::value& m, const std::string& path) {
    for (const auto& [again, first] : from_.repeated())
      if (again == &m)
        duplicates.push_back(file_place{file_, m.line()}.prefix() + path +
                             ": duplicate key, first on line " + std::to_string(first->line()));
  }

  const json::document& from_;
  const std::string& file_;
};

/// The keys of a section; of the top level ("") with its sections.
std::vector<std::string> names_in(std::string_view section) {
  std::vector<std::string> names;
  for (const option& o : option_table()) {
    if (o.is_planned()) continue;
    const std::string_view name = section.empty() && !o.section().empty() ? o.section() : o.path;
    const bool is_in = section.empty() || o.section() == section;
    if (is_in && std::ranges::find(names, name) == names.end()) names.emplace_back(name);
  }
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
    if (o.is_planned()) continue;
    const bool dotted = plain != path && ('.' + plain).ends_with('.' + std::string(o.path));
    const bool has_lost_its_section = plain == key && o.path.ends_with('.' + plain);
    const bool has_too_many = o.section().empty() && o.path == key;
    if (dotted || has_lost_its_section || has_too_many) meant.push_back(&o);
  }
  return meant;
}

std::string unknown_key(const file_entry& e) {
  const std::string& path = e.path;
  if (const option* o = find_renamed(path))
    return path + ": unknown key; it was renamed: write " + written(*o, e);
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
  const json::document read(text, json::document::comments::allowed);
  entry_collector collector(read, file);
  if (read.root().is_object()) collector.collect(read.root(), "");
  problems.insert(problems.end(), collector.duplicates.begin(), collector.duplicates.end());
  if (text.find_first_not_of(" \t\r\n") == text.npos) {
    problems.push_back(file + ": the file is empty; it must contain one JSON object");
  } else if (const auto& e = read.error()) {
    const std::string at = e->column > 0 ? " at column " + std::to_string(e->column) : "";
    problems.push_back(file_place{file, e->line}.prefix() + "not valid JSON (" + e->why.message() +
                       at + ')');
  } else if (!read.root().is_object()) {
    problems.push_back(file_place{file, read.root().line()}.prefix() +
                       "the file must contain one JSON object");
  }
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
                         "); it must be a JSON file that the node may read");
    return;
  }
  apply_file_text(text, file, s);
}

}  // namespace bank::node
