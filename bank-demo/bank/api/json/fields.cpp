#include "bank/api/json/fields.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "bank/api/http/times.hpp"
#include "bank/api/json/canonical.hpp"

namespace bank::api {

namespace json = boost::json;
namespace ledger = lifeline::ledger;

namespace {

constexpr std::size_t most_metadata_keys = 50;
constexpr text_rule metadata_key{40, false, false};
constexpr text_rule metadata_value{500, true, true};

std::string_view view(const json::string& s) noexcept { return {s.data(), s.size()}; }

/// Number of characters in valid UTF-8.
std::size_t characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

bool has_control_character(std::string_view text, bool line_breaks) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 && !(line_breaks && (c == '\n' || c == '\r' || c == '\t'))) return true;
    if (c == 0x7f) return true;
    // U+0080 to U+009F
    if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0)
      return true;
  }
  return false;
}

/// The value, short enough for a sentence.
std::string shown(const json::value& v) {
  std::string text = json::serialize(v);
  if (text.size() <= 60) return text;
  std::size_t cut = 57;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0U) == 0x80U) --cut;
  return text.substr(0, cut) + "...";
}

std::optional<std::int64_t> integer_of(const json::value& v) noexcept {
  if (const auto* i = v.if_int64()) return *i;
  return std::nullopt;  // a uint64 exceeds every limit
}

}  // namespace

std::optional<std::string> broken_by(std::string_view text, const text_rule& rule) {
  if (text.empty() && !rule.may_be_empty) return "must not be empty";
  if (const std::size_t n = characters(text); n > rule.longest)
    return "has " + std::to_string(n) + " characters; at most " + std::to_string(rule.longest) +
           " are allowed";
  if (has_control_character(text, rule.line_breaks)) return "contains a control character";
  return std::nullopt;
}

fields::fields(const json::object& body, std::initializer_list<std::string_view> known)
    : body_(body) {
  for (const auto& member : body) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::find(known.begin(), known.end(), name) == known.end())
      fail(name, "unknown field; " + allowed(known));
  }
}

void fields::fail(std::string_view name, std::string detail) {
  if (first_) return;
  std::string text(name);
  text.append(": ").append(detail);
  first_ = invalid(name, std::move(text));
}

void fields::refuse(std::string_view name, std::string rule) {
  if (const json::value* v = find(name)) rule.append(", not ").append(shown(*v));
  fail(name, std::move(rule));
}

const json::value* fields::find(std::string_view name) const {
  const json::value* v = body_.if_contains(name);
  return v == nullptr || v->is_null() ? nullptr : v;
}

std::optional<std::string> fields::text(std::string_view name, const text_rule& rule) {
  const json::value* v = find(name);
  if (v == nullptr) return std::nullopt;
  if (!v->is_string()) {
    fail(name, "must be a string, not " + shown(*v));
    return std::nullopt;
  }
  const std::string_view text = view(v->get_string());
  if (auto why = broken_by(text, rule)) fail(name, std::move(*why));
  return std::string(text);
}

std::string fields::required_text(std::string_view name, const text_rule& rule) {
  auto value = text(name, rule);
  if (!value) fail(name, "must be given");
  return value.value_or(std::string());
}

std::optional<std::int64_t> fields::integer(std::string_view name, std::int64_t least,
                                            std::int64_t most) {
  const json::value* v = find(name);
  if (v == nullptr) return std::nullopt;
  const auto i = integer_of(*v);
  if (!i || *i < least || *i > most) {
    fail(name, "must be an integer from " + std::to_string(least) + " to " + std::to_string(most) +
                   ", not " + shown(*v));
  }
  return i.value_or(least);
}

std::int64_t fields::required_integer(std::string_view name, std::int64_t least,
                                      std::int64_t most) {
  const auto value = integer(name, least, most);
  if (!value) fail(name, "must be given");
  return value.value_or(least);
}

std::optional<ledger::uuid> fields::id(std::string_view name) {
  const json::value* v = find(name);
  if (v == nullptr) return std::nullopt;
  const auto id = v->is_string() ? ledger::uuid::parse(view(v->get_string())) : std::nullopt;
  if (!id || id->is_nil()) fail(name, "must be a UUID, not " + shown(*v));
  return id;
}

std::optional<bool> fields::boolean(std::string_view name) {
  const json::value* v = find(name);
  if (v == nullptr) return std::nullopt;
  if (!v->is_bool()) fail(name, "must be true or false, not " + shown(*v));
  return v->is_bool() && v->get_bool();
}

std::optional<lifeline::wall_time> fields::time(std::string_view name) {
  const json::value* v = find(name);
  if (v == nullptr) return std::nullopt;
  const auto t = v->is_string() ? parse_time(view(v->get_string())) : std::nullopt;
  if (!t) fail(name, std::string(time_rule) + ", not " + shown(*v));
  return t;
}

ledger::currency fields::currency(std::string_view name) {
  const json::value* v = find(name);
  if (v == nullptr) {
    fail(name, "must be given");
    return {};
  }
  const auto unit = v->is_string() ? ledger::currency::parse(view(v->get_string())) : std::nullopt;
  if (!unit) fail(name, "must be an ISO 4217 currency such as \"USD\", not " + shown(*v));
  return unit.value_or(ledger::currency());
}

std::string fields::metadata(std::string_view name) {
  const json::value* v = find(name);
  if (v == nullptr) return "{}";
  const json::object* o = v->if_object();
  if (o == nullptr) {
    fail(name, "must be an object of strings, not " + shown(*v));
    return {};
  }
  if (o->size() > most_metadata_keys)
    fail(name, "has " + std::to_string(o->size()) + " keys; at most 50 are allowed");
  for (const auto& member : *o) {
    const std::string_view key(member.key().data(), member.key().size());
    if (auto why = broken_by(key, metadata_key)) fail(name, "a key " + *why);
    const auto* value = member.value().if_string();
    if (value == nullptr) {
      fail(name, "each value must be a string, not " + shown(member.value()));
    } else if (auto why = broken_by(view(*value), metadata_value)) {
      fail(name, "a value " + *why);
    }
  }
  std::string text;
  append_canonical(text, *o);
  return text;
}

}  // namespace bank::api
