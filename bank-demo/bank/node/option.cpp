#include "bank/node/option.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace bank::node {
namespace {

using std::string_view;

std::string in_quotes(string_view text) { return '"' + std::string(text) + '"'; }

std::string joined(std::span<const string_view> words) {
  std::string all;
  for (const string_view w : words) all += (all.empty() ? "" : ", ") + std::string(w);
  return all;
}

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

bool contains(std::span<const string_view> words, string_view w) {
  return std::find(words.begin(), words.end(), w) != words.end();
}

bool fits(const option_shape& shape, const option_value& v) {
  const auto* number = std::get_if<std::int64_t>(&v);
  const auto* text = std::get_if<std::string>(&v);
  return std::visit(
      overloaded{[&](on_or_off) { return std::holds_alternative<bool>(v); },
                 [&](any_text t) { return text != nullptr && (t.may_be_empty || !text->empty()); },
                 [&](const whole_number& r) {
                   return number != nullptr && *number >= r.low && *number <= r.high;
                 },
                 [&](const one_of& o) { return text != nullptr && contains(o.words, *text); },
                 [](planned) { return false; }},
      shape);
}

bool is_planned(const option& o, const option_value& v) {
  if (std::holds_alternative<planned>(o.shape)) return true;
  const auto* words = std::get_if<one_of>(&o.shape);
  const auto* text = std::get_if<std::string>(&v);
  return words != nullptr && text != nullptr && contains(words->planned, *text);
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

std::string expected(const option& o) {
  return std::visit(
      overloaded{
          [](on_or_off) { return std::string("true or false"); },
          [](any_text t) {
            return std::string(t.may_be_empty ? "a string" : "a non-empty string");
          },
          [](const whole_number& r) {
            return "an integer from " + std::to_string(r.low) + " to " + std::to_string(r.high);
          },
          [](const one_of& w) { return (w.words.size() > 1 ? "one of " : "") + joined(w.words); },
          [](planned) { return std::string("left out"); }},
      o.shape);
}

bad_value unfit(const option& o, string_view text) {
  if (std::holds_alternative<planned>(o.shape))
    return {"is not available in this version: leave it out"};
  return {"is " + (o.secret ? "wrong (secret value, not shown)" : std::string(text)) +
          ", but must be " + expected(o)};
}

boost::system::result<option_value, bad_value> check_value(const option& o, option_value v) {
  if (is_planned(o, v) && !std::holds_alternative<planned>(o.shape))
    return bad_value{"is " + shown(v) + ", which is not available in this version; it must be " +
                     expected(o)};
  if (!fits(o.shape, v)) return unfit(o, shown(v));
  const auto* text = std::get_if<std::string>(&v);
  if (text == nullptr) return v;
  if (std::ranges::any_of(*text, is_control))
    return bad_value{"has a control character, such as a line break: remove it"};
  if (o.wrong != nullptr && !text->empty())
    if (std::string why = o.wrong(*text); !why.empty()) return bad_value{std::move(why)};
  return v;
}

boost::system::result<option_value, bad_value> parse_value(const option& o, string_view text) {
  if (std::holds_alternative<on_or_off>(o.shape)) {
    if (text == "true" || text == "1") return option_value(true);
    if (text == "false" || text == "0") return option_value(false);
  }
  if (std::holds_alternative<whole_number>(o.shape)) {
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
