#include "bank/json/document.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <functional>
#include <utility>

namespace bank::json {

using boost::system::error_code;

namespace {

/// Objects with more members are sorted to find those given twice.
constexpr std::size_t few_members = 16;
/// A value takes about this many bytes of text.
constexpr std::size_t bytes_per_value = 12;
constexpr std::size_t most_reserved = 128;

template <class Number>
std::optional<Number> parsed(std::string_view text) noexcept {
  Number n{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t feed = rest.find('\n');
  const std::string_view line = rest.substr(0, feed == rest.npos ? feed : feed + 1);
  rest.remove_prefix(line.size());
  return line;
}

}  // namespace

/// The handler of Boost.JSON's parser. The parser has no line numbers, so it is fed one line at a
/// time, and `line` is the current one.
class document_builder {
 public:
  using kind = value::kind;
  /// Its type depends on Boost's version.
  using piece = boost::json::string_view;

  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  document_builder(document& to, std::string_view text) : to_(to), text_(text) {
    to_.values_.reserve(std::min(text.size() / bytes_per_value + 1, most_reserved));
  }

  std::size_t line = 0;

  /// Finds repeated members in what a broken text leaves open, too.
  void end() {
    while (!open_.empty()) close();
    std::sort(twice_.begin(), twice_.end());
    for (const auto& [again, first] : twice_)
      to_.repeated_.push_back({&to_.values_[again], &to_.values_[first]});
    if (to_.values_.empty()) add(kind::null, {});
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return open(kind::object); }
  bool on_object_end(std::size_t, error_code&) { return close(); }
  bool on_array_begin(error_code&) { return open(kind::array); }
  bool on_array_end(std::size_t, error_code&) { return close(); }
  bool on_key_part(piece s, std::size_t, error_code&) { return take(s); }
  bool on_key(piece s, std::size_t, error_code&) {
    key_ = whole(s);
    return true;
  }
  bool on_string_part(piece s, std::size_t, error_code&) { return take(s); }
  bool on_string(piece s, std::size_t, error_code&) { return add(kind::text, whole(s)); }
  bool on_number_part(piece s, error_code&) { return take(s); }
  bool on_int64(std::int64_t, piece s, error_code&) { return add(kind::integer, whole(s)); }
  bool on_uint64(std::uint64_t, piece s, error_code&) { return add(kind::number, whole(s)); }
  bool on_double(double, piece s, error_code&) { return add(kind::number, whole(s)); }
  bool on_bool(bool b, error_code&) { return add(kind::boolean, b ? "true" : "false"); }
  bool on_null(error_code&) { return add(kind::null, "null"); }
  bool on_comment_part(piece, error_code&) { return true; }
  bool on_comment(piece, error_code&) { return true; }

 private:
  bool take(piece s) {
    part_.append(s.data(), s.size());
    return true;
  }

  /// A view of the text if it stands there as it is, else of a copy.
  std::string_view whole(piece s) {
    const auto before = std::less<const char*>();
    const bool in_text = !before(s.data(), text_.data()) &&
                         !before(text_.data() + text_.size(), s.data() + s.size());
    if (part_.empty() && (in_text || s.empty())) return {s.data(), s.size()};
    take(s);
    return to_.texts_.emplace_front(std::exchange(part_, {}));
  }

  bool add(kind what, std::string_view text) {
    to_.values_.push_back(value(what, std::exchange(key_, {}), text, line));
    return true;
  }

  bool open(kind what) {
    open_.push_back(to_.values_.size());
    return add(what, {});
  }

  bool close() {
    value& closed = to_.values_[open_.back()];
    closed.size_ = static_cast<std::uint32_t>(to_.values_.size() - open_.back());
    open_.pop_back();
    if (closed.is_object()) find_repeated(closed);
    return true;
  }

  void note(const value& again, const value& first) {
    twice_.emplace_back(&again - to_.values_.data(), &first - to_.values_.data());
  }

  void find_repeated(const value& object) {
    const auto members = object.children();
    std::size_t n = 0;
    for (const value& again : members) {
      if (++n > few_members) return find_repeated_of_many(object);
      for (const value& first : members) {
        if (&first == &again) break;
        if (first.key() != again.key()) continue;
        note(again, first);
        break;
      }
    }
  }

  void find_repeated_of_many(const value& object) {
    std::vector<const value*> members;
    for (const value& m : object.children()) members.push_back(&m);
    std::sort(members.begin(), members.end(), [](const value* a, const value* b) {
      const int order = a->key().compare(b->key());
      return order != 0 ? order < 0 : a < b;
    });
    const value* first = members.front();
    for (const value* m : members) {
      if (m != first && m->key() == first->key())
        note(*m, *first);
      else
        first = m;
    }
  }

  document& to_;
  std::string_view text_;
  std::string part_;
  std::string_view key_;
  std::vector<std::size_t> open_;  // containers, outermost first
  std::vector<std::pair<std::ptrdiff_t, std::ptrdiff_t>> twice_;
};

document::document(std::string_view text, comments c) : text_(text) { read(c); }

document document::owning(std::string text) {
  document d;
  d.text_ = d.texts_.emplace_front(std::move(text));
  d.read(comments::refused);
  return d;
}

void document::read(comments c) {
  boost::json::parse_options options;
  options.max_depth = most_depth;
  options.allow_comments = c == comments::allowed;
  boost::json::basic_parser<document_builder> parser(options, *this, text_);
  document_builder& builder = parser.handler();
  std::string_view rest = text_;
  error_code failed;
  do {
    if (!rest.empty()) ++builder.line;
    const std::size_t before = text_.size() - rest.size();
    const std::string_view line = take_line(rest);
    const std::size_t read = parser.write_some(!rest.empty(), line.data(), line.size(), failed);
    if (!failed && read < line.size()) failed = boost::json::error::extra_data;
    if (!failed) continue;
    const bool is_cut = failed == boost::json::error::incomplete;
    error_ = syntax_error{failed, builder.line, is_cut ? 0 : read + 1, before + read};
  } while (!failed && !rest.empty());
  builder.end();
}

std::optional<bool> value::as_bool() const noexcept {
  if (what_ != kind::boolean) return std::nullopt;
  return text_ == "true";
}

std::optional<std::int64_t> value::as_integer() const noexcept {
  if (what_ != kind::integer) return std::nullopt;
  return parsed<std::int64_t>(text_);
}

std::optional<double> value::as_number() const noexcept {
  if (what_ != kind::integer && what_ != kind::number) return std::nullopt;
  return parsed<double>(text_);
}

std::optional<std::string_view> value::as_text() const noexcept {
  if (what_ != kind::text) return std::nullopt;
  return text_;
}

const value& value::nothing() noexcept {
  static const value none(kind::null, {}, "null", 0);
  return none;
}

const value& value::operator[](std::string_view key) const noexcept {
  const value* v = find(key);
  return v == nullptr ? nothing() : *v;
}

value::range value::children() const noexcept { return {this + 1, this + size_}; }

const value* value::find(std::string_view key) const noexcept {
  if (!is_object()) return nullptr;
  for (const value& m : children())
    if (m.key_ == key) return &m;
  return nullptr;
}

std::size_t value::range::size() const noexcept {
  std::size_t n = 0;
  for (iterator at = begin(); at != end(); ++at) ++n;
  return n;
}

}  // namespace bank::json
