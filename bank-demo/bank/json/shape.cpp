#include "bank/json/shape.hpp"

#include <algorithm>

#include "bank/json/canonical.hpp"
#include "bank/json/write.hpp"

namespace bank::json {

namespace {

using kind = shape::kind;

shape make(kind what, std::string about) {
  shape s;
  s.what = what;
  s.about = std::move(about);
  return s;
}

std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return text.empty() ? "none" : text;
}

std::string range(const shape& s) {
  std::string text = "from ";
  append_real(text, s.least);
  text += " to ";
  append_real(text, s.most);
  return text;
}

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

const shape* find(const shape& s, std::string_view name) {
  for (const shape::member& m : s.members)
    if (m.name == name) return &m.value;
  return nullptr;
}

/// Checks a value against its shape; stops at the first violation.
class checker {
 public:
  explicit checker(nulls n) : nulls_(n) {}

  std::optional<violation> take() { return std::move(wrong_); }

  void check(const value& v, const shape& s) {
    open_.push_back(&v);
    check_open(v, s);
    open_.pop_back();
  }

 private:
  void check_open(const value& v, const shape& s) {
    switch (s.what) {
      case kind::object: return check_object(v, s);
      case kind::map: return check_map(v, s);
      case kind::list: return check_list(v, s);
      case kind::either: return check_either(v, s);
      case kind::anything: return;
      case kind::text:
      case kind::integer:
      case kind::number:
      case kind::boolean: break;
    }
    if (s.takes(v)) return;
    if (s.rule && v.as_text()) return fail(v, *broken_by(v.spelled(), *s.rule));
    refuse(v, s);
  }

  void check_object(const value& v, const shape& s) {
    if (!v.is_object()) return refuse(v, s);
    for (const value& m : v.children()) {
      const shape* inner = find(s, m.key());
      if (inner == nullptr) return unknown(m, s);
      if (!is_absent(m)) check(m, *inner);
      if (wrong_) return;
    }
    check_presence(v, s);
  }

  bool is_absent(const value& m) const { return nulls_ == nulls::absent && m.is_null(); }
  bool has(const value& v, std::string_view name) const {
    const value* m = v.find(name);
    return m != nullptr && !is_absent(*m);
  }

  void check_presence(const value& v, const shape& s) {
    for (const std::string& name : s.required)
      if (!has(v, name)) return missing(v, s, name);
    for (const auto& [first, second] : s.needs)
      if (has(v, first) && !has(v, second))
        return fail(v, "needs " + in_quotes(second) + " together with " + in_quotes(first));
    if (s.one_of.empty()) return;
    const auto present = std::count_if(s.one_of.begin(), s.one_of.end(),
                                       [&](const std::string& name) { return has(v, name); });
    if (present != 1) fail(v, "needs exactly one of " + joined(s.one_of));
  }

  /// Names the map, whichever key or value is wrong.
  void check_map(const value& v, const shape& s) {
    if (!v.is_object()) return refuse(v, s);
    const shape& item = s.parts.front();
    if (const std::size_t n = v.children().size(); static_cast<double>(n) > s.most)
      return fail(v, "has " + std::to_string(n) + " keys; at most " +
                         std::to_string(static_cast<std::size_t>(s.most)) + " are allowed");
    for (const value& m : v.children()) {
      if (auto why = broken_by(m.key(), *s.rule)) return fail(v, "a key " + *why);
      if (item.takes(m)) continue;
      if (item.rule && m.as_text())
        return fail(v, "a value " + *broken_by(m.spelled(), *item.rule));
      return fail(v, "each value must be " + item.expected() + ", not " + shown(m));
    }
  }

  void check_list(const value& v, const shape& s) {
    if (!v.is_array() || static_cast<double>(v.children().size()) < s.least) return refuse(v, s);
    for (const value& item : v.children()) {
      check(item, s.parts.front());
      if (wrong_) return;
    }
  }

  /// The part of the value's kind checks it; if there is none, the error names the shape.
  void check_either(const value& v, const shape& s) {
    for (const shape& part : s.parts)
      if (is_of_kind(v, part.what)) return check_open(v, part);
    refuse(v, s);
  }

  static bool is_of_kind(const value& v, kind k) {
    switch (k) {
      case kind::text: return v.as_text().has_value();
      case kind::integer:
      case kind::number: return v.as_number().has_value();
      case kind::boolean: return v.as_bool().has_value();
      case kind::object:
      case kind::map: return v.is_object();
      case kind::list: return v.is_array();
      case kind::either:
      case kind::anything: break;
    }
    return false;
  }

  std::string path() const {
    std::string all;
    for (std::size_t i = 1; i < open_.size(); ++i) {
      if (open_[i - 1]->is_array())
        all += "[]";
      else
        all.append(all.empty() ? "" : ".").append(open_[i]->key());
    }
    return all;
  }

  void fail(const value& v, std::string rule) {
    wrong_ = violation{violation::kind::value, &v, path(), std::move(rule), {}};
  }
  void refuse(const value& v, const shape& s) {
    fail(v,
         (s.format != nullptr ? s.format->must : "must be " + s.expected()) + ", not " + shown(v));
  }
  void missing(const value& v, const shape& s, const std::string& name) {
    const shape* inner = find(s, name);
    wrong_ = violation{violation::kind::missing, &v, path(), name,
                       inner == nullptr ? std::string() : inner->about};
  }
  void unknown(const value& v, const shape& s) {
    std::vector<std::string> known;
    for (const shape::member& m : s.members)
      if (m.name != "$schema") known.push_back(m.name);
    open_.push_back(&v);
    wrong_ = violation{violation::kind::unknown, &v, path(), joined(known), {}};
    open_.pop_back();
  }

  const nulls nulls_;
  std::vector<const value*> open_;  // the value that is checked, and those around it
  std::optional<violation> wrong_;
};

}  // namespace

shape shape::any_text(std::string about, double least) {
  shape s = make(kind::text, std::move(about));
  s.least = least;
  return s;
}

shape shape::text_by(const text_rule& rule, std::string about) {
  shape s = make(kind::text, std::move(about));
  s.rule = rule;
  return s;
}

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

shape shape::map_of(const text_rule& keys, shape item, double most) {
  shape s = make(kind::map, {});
  s.rule = keys;
  s.parts.push_back(std::move(item));
  s.most = most;
  return s;
}

shape shape::anything(std::string about) { return make(kind::anything, std::move(about)); }

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

bool shape::takes(std::int64_t i) const noexcept {
  const auto n = static_cast<double>(i);
  return (what == kind::integer || what == kind::number) && n >= least && n <= most;
}

bool shape::takes(double n) const noexcept {
  return what == kind::number && n >= least && n <= most;
}

bool shape::takes(std::string_view text) const noexcept {
  if (what != kind::text) return false;
  if (format != nullptr) return format->accepts(text);
  if (rule) return !broken_by(text, *rule);
  if (!choices.empty()) return std::find(choices.begin(), choices.end(), text) != choices.end();
  return static_cast<double>(text.size()) >= least;
}

bool shape::takes(const json::value& v) const noexcept {
  if (const auto b = v.as_bool()) return takes(*b);
  if (const auto i = v.as_integer()) return takes(*i);
  if (const auto n = v.as_number()) return takes(*n);
  if (const auto text = v.as_text()) return takes(*text);
  return false;
}

std::string shape::expected() const {
  switch (what) {
    case kind::text:
      if (!choices.empty()) return "one of " + joined(choices);
      return least > 0 ? "a non-empty string" : "a string";
    case kind::integer: return "an integer " + range(*this);
    case kind::number: return "a number " + range(*this);
    case kind::boolean: return "true or false";
    case kind::object: return "an object";
    case kind::map: return "an object of strings";
    case kind::list: return least > 0 ? "a non-empty array" : "an array";
    case kind::either:
    case kind::anything: break;
  }
  return about;
}

std::optional<std::string> broken_by(std::string_view text, const text_rule& rule) {
  if (text.empty() && !rule.may_be_empty) return "must not be empty";
  if (const std::size_t n = characters(text); n > rule.longest)
    return "has " + std::to_string(n) + " characters; at most " + std::to_string(rule.longest) +
           " are allowed";
  if (has_control_character(text, rule.line_breaks)) return "contains a control character";
  return std::nullopt;
}

std::string shown(const value& v) {
  std::string text;
  append_canonical(text, v);
  if (text.size() <= 60) return text;
  std::size_t cut = 57;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0U) == 0x80U) --cut;
  return text.substr(0, cut) + "...";
}

std::optional<violation> check(const value& v, const shape& s, nulls n) {
  checker c(n);
  c.check(v, s);
  return c.take();
}

}  // namespace bank::json
