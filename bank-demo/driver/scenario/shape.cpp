#include "driver/scenario/shape.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

namespace bank::driver {

namespace {

namespace json = boost::json;
using kind = shape::kind;

shape make(kind what, std::string about) {
  shape s;
  s.what = what;
  s.about = std::move(about);
  return s;
}

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return text.empty() ? "none" : text;
}

std::string plain(double number) {
  return number == std::floor(number) ? std::to_string(static_cast<std::int64_t>(number))
                                      : json::serialize(json::value(number));
}

std::string range(const shape& s) { return "from " + plain(s.least) + " to " + plain(s.most); }

std::optional<double> number_of(const located_value& v) {
  if (const auto* i = v.as_integer()) return static_cast<double>(*i);
  if (const auto* d = std::get_if<double>(&v.value)) return *d;
  return std::nullopt;
}

/// Checks a value against its shape; stops at the first problem.
class checker {
 public:
  explicit checker(const std::string& file) : file_(file) {}

  maybe_problem take() { return std::move(wrong_); }

  void check(const located_value& v, const shape& s, const std::string& key) {
    if (wrong_) return;
    switch (s.what) {
      case kind::text: return check_text(v, s, key);
      case kind::integer: return check_integer(v, s, key);
      case kind::number: return check_number(v, s, key);
      case kind::boolean:
        if (!std::holds_alternative<bool>(v.value)) fail(v, key, "must be true or false");
        return;
      case kind::object: return check_object(v, s, key);
      case kind::list: return check_list(v, s, key);
      case kind::either: return check_either(v, s, key);
    }
  }

 private:
  void check_text(const located_value& v, const shape& s, const std::string& key) {
    const std::string* text = v.as_string();
    const std::string found = text == nullptr ? "" : ", not " + quoted(*text);
    if (s.format != nullptr) {
      if (text == nullptr || !s.format->accepts(*text)) fail(v, key, s.format->must + found);
    } else if (!s.choices.empty()) {
      if (text == nullptr ||
          std::find(s.choices.begin(), s.choices.end(), *text) == s.choices.end())
        fail(v, key, "must be one of " + joined(s.choices) + found);
    } else if (text == nullptr || text->empty()) {
      fail(v, key, "must be a non-empty string");
    }
  }

  void check_integer(const located_value& v, const shape& s, const std::string& key) {
    const std::int64_t* i = v.as_integer();
    if (i == nullptr || static_cast<double>(*i) < s.least || static_cast<double>(*i) > s.most)
      fail(v, key, "must be an integer " + range(s));
  }

  void check_number(const located_value& v, const shape& s, const std::string& key) {
    const auto n = number_of(v);
    if (!n || *n < s.least || *n > s.most) fail(v, key, "must be a number " + range(s));
  }

  void check_object(const located_value& v, const shape& s, const std::string& key) {
    const auto* members = v.as_object();
    if (members == nullptr) return fail(v, key, "must be an object");
    for (const auto& [name, value] : *members) {
      const shape* inner = find(s, name);
      if (inner == nullptr) return unknown(value, s, inside(key, name));
      check(value, *inner, inside(key, name));
    }
    if (!wrong_) check_presence(v, s, key);
  }

  void check_presence(const located_value& v, const shape& s, const std::string& key) {
    for (const std::string& name : s.required)
      if (v.find(name) == nullptr)
        return fail(v, key, "needs " + quoted(name) + meaning_of(s, name));
    for (const auto& [first, second] : s.needs)
      if (v.find(first) != nullptr && v.find(second) == nullptr)
        return fail(v, key, "needs " + quoted(second) + " together with " + quoted(first));
    if (s.one_of.empty()) return;
    const auto present =
        std::count_if(s.one_of.begin(), s.one_of.end(),
                      [&](const std::string& name) { return v.find(name) != nullptr; });
    if (present != 1) fail(v, key, "needs exactly one of " + joined(s.one_of));
  }

  static std::string meaning_of(const shape& s, const std::string& name) {
    const shape* inner = find(s, name);
    return inner == nullptr || inner->about.empty() ? "" : ": " + inner->about;
  }

  void check_list(const located_value& v, const shape& s, const std::string& key) {
    const auto* items = v.as_array();
    if (items == nullptr || static_cast<double>(items->size()) < s.least)
      return fail(v, key, s.least > 0 ? "must be a non-empty array" : "must be an array");
    for (const located_value& item : *items) check(item, s.parts.front(), key + "[]");
  }

  /// The part of the value's kind checks it; if there is none, the error names the shape.
  void check_either(const located_value& v, const shape& s, const std::string& key) {
    for (const shape& part : s.parts)
      if (is_of_kind(v, part.what)) return check(v, part, key);
    fail(v, key, "must be " + s.about);
  }

  static bool is_of_kind(const located_value& v, kind k) {
    switch (k) {
      case kind::text: return v.as_string() != nullptr;
      case kind::integer:
      case kind::number: return number_of(v).has_value();
      case kind::boolean: return std::holds_alternative<bool>(v.value);
      case kind::object: return v.as_object() != nullptr;
      case kind::list: return v.as_array() != nullptr;
      case kind::either: break;
    }
    return false;
  }

  static const shape* find(const shape& s, const std::string& name) {
    for (const shape::member& m : s.members)
      if (m.name == name) return &m.value;
    return nullptr;
  }

  static std::string inside(const std::string& key, const std::string& name) {
    return key.empty() ? name : key + "." + name;
  }

  void unknown(const located_value& v, const shape& s, const std::string& key) {
    std::vector<std::string> known;
    for (const shape::member& m : s.members)
      if (m.name != "$schema") known.push_back(m.name);
    wrong_ = problem{place_of(v) + quoted(key) + ": unknown key; allowed: " + joined(known)};
  }

  std::string place_of(const located_value& v) const {
    return file_ + ":" + std::to_string(v.line) + ": ";
  }

  void fail(const located_value& v, const std::string& key, const std::string& what) {
    if (!wrong_)
      wrong_ = problem{place_of(v) + (key.empty() ? "the file" : quoted(key)) + " " + what};
  }

  const std::string& file_;
  maybe_problem wrong_;
};

json::array names(const std::vector<std::string>& all) {
  return json::array(all.begin(), all.end());
}

void describe_object(const shape& s, json::object& out) {
  out["type"] = "object";
  out["additionalProperties"] = false;
  json::object properties;
  for (const shape::member& m : s.members) properties[m.name] = to_schema(m.value);
  out["properties"] = std::move(properties);
  if (!s.required.empty()) out["required"] = names(s.required);
  json::object needs;
  for (const auto& [first, second] : s.needs) needs[first] = json::array{second};
  if (!needs.empty()) out["dependentRequired"] = std::move(needs);
  json::array one_of;
  for (const std::string& name : s.one_of)
    one_of.push_back(json::object{{"required", json::array{name}}});
  if (!one_of.empty()) out["oneOf"] = std::move(one_of);
}

void describe_text(const shape& s, json::object& out) {
  out["type"] = "string";
  if (s.format != nullptr)
    out["pattern"] = s.format->pattern;
  else if (!s.choices.empty())
    out["enum"] = names(s.choices);
  else
    out["minLength"] = 1;
}

void describe_number(const shape& s, const char* type, json::object& out) {
  out["type"] = type;
  out["minimum"] = s.least;
  out["maximum"] = s.most;
}

void describe_list(const shape& s, json::object& out) {
  out["type"] = "array";
  if (s.least > 0) out["minItems"] = static_cast<std::int64_t>(s.least);
  out["items"] = to_schema(s.parts.front());
}

json::array describe_parts(const shape& s) {
  json::array parts;
  for (const shape& part : s.parts) parts.push_back(to_schema(part));
  return parts;
}

}  // namespace

shape shape::any_text(std::string about) { return make(kind::text, std::move(about)); }

shape shape::text_like(const text_format& f, std::string about) {
  shape s = make(kind::text, std::move(about));
  s.format = &f;
  return s;
}

shape shape::choice(std::vector<std::string> of, std::string about) {
  shape s = make(kind::text, std::move(about));
  s.choices = std::move(of);
  return s;
}

shape shape::whole(double least, double most, std::string about) {
  shape s = make(kind::integer, std::move(about));
  s.least = least;
  s.most = most;
  return s;
}

shape shape::real(double least, double most, std::string about) {
  shape s = whole(least, most, std::move(about));
  s.what = kind::number;
  return s;
}

shape shape::yes_or_no(std::string about) { return make(kind::boolean, std::move(about)); }

shape shape::list_of(shape item, double least, std::string about) {
  shape s = make(kind::list, std::move(about));
  s.parts.push_back(std::move(item));
  s.least = least;
  return s;
}

shape shape::either_of(std::vector<shape> parts, std::string about) {
  shape s = make(kind::either, std::move(about));
  s.parts = std::move(parts);
  return s;
}

shape shape::object_of(std::vector<member> members, std::string about) {
  shape s = make(kind::object, std::move(about));
  s.members = std::move(members);
  return s;
}

shape&& shape::requiring(std::vector<std::string> names) && {
  required = std::move(names);
  return std::move(*this);
}

shape&& shape::requiring_one_of(std::vector<std::string> names) && {
  one_of = std::move(names);
  return std::move(*this);
}

shape&& shape::where_needs(std::string first, std::string second) && {
  needs.emplace_back(std::move(first), std::move(second));
  return std::move(*this);
}

maybe_problem check_shape(const located_value& value, const shape& s, const std::string& file) {
  checker c(file);
  c.check(value, s, "");
  return c.take();
}

json::object to_schema(const shape& s) {
  json::object out;
  if (!s.about.empty()) out["description"] = s.about;
  switch (s.what) {
    case kind::text: describe_text(s, out); break;
    case kind::integer: describe_number(s, "integer", out); break;
    case kind::number: describe_number(s, "number", out); break;
    case kind::boolean: out["type"] = "boolean"; break;
    case kind::object: describe_object(s, out); break;
    case kind::list: describe_list(s, out); break;
    case kind::either: out["anyOf"] = describe_parts(s); break;
  }
  return out;
}

}  // namespace bank::driver
