#include "driver/scenario/located_json.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <limits>
#include <optional>
#include <utility>

namespace bank::driver {

namespace {

namespace json = boost::json;
using json::error_code;

/// The handler of Boost.JSON's parser. The parser has no line numbers, so it is fed one line at a
/// time, and `line` is the current one.
class tree_builder {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  std::size_t line = 1;
  located_value root;
  std::optional<problem> duplicate;  ///< set for a duplicate key
  std::string name;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return open(located_value::object()); }
  bool on_object_end(std::size_t, error_code&) { return close(); }
  bool on_array_begin(error_code&) { return open(located_value::array()); }
  bool on_array_end(std::size_t, error_code&) { return close(); }
  bool on_key_part(json::string_view s, std::size_t, error_code&) { return take(s); }
  bool on_key(json::string_view s, std::size_t, error_code& ec) {
    take(s);
    return add_key(std::exchange(text_, {}), ec);
  }
  bool on_string_part(json::string_view s, std::size_t, error_code&) { return take(s); }
  bool on_string(json::string_view s, std::size_t, error_code&) {
    take(s);
    return add(std::exchange(text_, {}));
  }
  bool on_number_part(json::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t i, json::string_view, error_code&) { return add(i); }
  bool on_uint64(std::uint64_t u, json::string_view, error_code&) {
    return add(static_cast<double>(u));
  }
  bool on_double(double d, json::string_view, error_code&) { return add(d); }
  bool on_bool(bool b, error_code&) { return add(b); }
  bool on_null(error_code&) { return add(located_value::null()); }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

 private:
  bool take(json::string_view s) {
    text_.append(s.data(), s.size());
    return true;
  }

  /// The place of the next value.
  located_value& slot() {
    if (open_.empty()) return root;
    if (auto* items = std::get_if<located_value::array>(&open_.back()->value))
      return items->emplace_back();
    return std::get<located_value::object>(open_.back()->value).back().value;
  }

  template <class T>
  bool add(T value) {
    located_value& at = slot();
    at.line = line;
    at.value = std::move(value);
    return true;
  }

  template <class T>
  bool open(T container) {
    located_value& at = slot();
    at.line = line;
    at.value = std::move(container);
    open_.push_back(&at);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  bool add_key(std::string key, error_code& ec) {
    auto& members = std::get<located_value::object>(open_.back()->value);
    for (const auto& [other, value] : members) {
      if (other != key) continue;
      duplicate = problem{name + ":" + std::to_string(line) + ": \"" + key +
                          "\": duplicate key, first on line " + std::to_string(value.line)};
      ec = json::error::syntax;
      return false;
    }
    members.push_back({std::move(key), {line, {}}});
    return true;
  }

  // The open containers, outermost first. Their addresses stay valid: nothing is added next to an
  // open container.
  std::vector<located_value*> open_;
  std::string text_;
};

std::string_view take_line(std::string_view& rest) {
  const std::size_t n = std::min(rest.find('\n'), rest.size() - 1) + 1;
  const std::string_view line = rest.substr(0, n);
  rest.remove_prefix(n);
  return line;
}

}  // namespace

const located_value* located_value::find(std::string_view key) const noexcept {
  const object* members = as_object();
  if (members == nullptr) return nullptr;
  for (const member& m : *members)
    if (m.key == key) return &m.value;
  return nullptr;
}

result<located_value> parse_located_json(std::string_view text, const std::string& name) {
  json::parse_options options;
  options.allow_comments = true;
  json::basic_parser<tree_builder> parser(options);
  tree_builder& tree = parser.handler();
  tree.name = name;
  error_code error;
  for (std::string_view rest = text; !rest.empty() && !error; ++tree.line) {
    const std::string_view line = take_line(rest);
    const std::size_t read = parser.write_some(true, line.data(), line.size(), error);
    if (!error && read < line.size()) error = json::error::extra_data;
    if (error) break;
  }
  if (!error) parser.write_some(false, nullptr, 0, error);
  if (tree.duplicate) return *tree.duplicate;
  if (error)
    return problem{name + ":" + std::to_string(tree.line) + ": not valid JSON: " + error.message()};
  return std::move(tree.root);
}

}  // namespace bank::driver
