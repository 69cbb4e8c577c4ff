#include "bank/node/option.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace bank::node {
namespace {

using std::string_view;

std::string in_quotes(string_view text) { return '"' + std::string(text) + '"'; }

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

std::string spelled(string_view path, char between, bool upper) {
  std::string name(path);
  for (char& c : name) {
    if (c == '.' || c == '_') c = between;
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

}  // namespace

std::string option::flag() const { return "--" + spelled(path, '-', false); }
std::string option::variable() const { return "BANK_" + spelled(path, '_', true); }

string_view option::section() const noexcept {
  const auto dot = path.find('.');
  return dot == string_view::npos ? string_view() : path.substr(0, dot);
}

void throw_exception_from_error(const bad_value& e, const boost::source_location&) {
  throw std::logic_error("a value was taken from an error: " + e.what);
}

std::string shown(const option_value& v) {
  if (const auto* b = std::get_if<bool>(&v)) return *b ? "true" : "false";
  if (const auto* n = std::get_if<std::int64_t>(&v)) return std::to_string(*n);
  return in_quotes(std::get<std::string>(v));
}

bad_value unfit(const option& o, string_view text) {
  if (o.is_planned()) return {"is not available in this version: leave it out"};
  return {"is " + (o.secret ? "wrong (secret value, not shown)" : std::string(text)) +
          ", but must be " + o.shape.expected()};
}

boost::system::result<option_value, bad_value> check_value(const option& o, option_value v) {
  const bool fits = std::visit([&](const auto& given) { return o.shape.takes(given); }, v);
  if (o.is_planned() || !fits) return unfit(o, shown(v));
  const auto* text = std::get_if<std::string>(&v);
  if (text == nullptr) return v;
  if (std::ranges::any_of(*text, is_control))
    return bad_value{"has a control character, such as a line break: remove it"};
  if (o.wrong != nullptr && !text->empty())
    if (std::string why = o.wrong(*text); !why.empty()) return bad_value{std::move(why)};
  return v;
}

boost::system::result<option_value, bad_value> parse_value(const option& o, string_view text) {
  if (o.is_switch()) {
    if (text == "true" || text == "1") return option_value(true);
    if (text == "false" || text == "0") return option_value(false);
  }
  if (o.shape.what == json::shape::kind::integer) {
    std::int64_t n = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, n);
    if (error == std::errc() && stop == end) return check_value(o, n);
  }
  return check_value(o, std::string(text));
}

std::string default_text(const option& o) {
  static const configuration defaults;
  return o.get == nullptr ? std::string() : shown(o.get(defaults));
}

}  // namespace bank::node
