#include "bank/api/json/parse.hpp"

#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <optional>
#include <string>
#include <vector>

namespace bank::api {

namespace {

namespace json = boost::json;
using error_code = boost::system::error_code;
/// The type of `json::string_view` depends on Boost's version.
using text = json::string_view;

/// Builds the value as `json::parse` does, but detects members given twice, where `json::parse`
/// keeps the last one.
class strict_handler {
 public:
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  explicit strict_handler(json::storage_ptr memory) : stack_({}, work_.data(), work_.size()) {
    stack_.reset(std::move(memory));
  }

  json::value release() { return stack_.release(); }
  const std::optional<std::string>& repeated() const noexcept { return repeated_; }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    objects_.push_back(keys_.size());
    return true;
  }
  bool on_object_end(std::size_t n, error_code& ec) {
    if (!all_differ(ec)) return false;
    stack_.push_object(n);
    return true;
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t n, error_code&) {
    stack_.push_array(n);
    return true;
  }
  bool on_key_part(text s, std::size_t, error_code&) {
    key_.append(s.data(), s.size());
    stack_.push_chars(s);
    return true;
  }
  bool on_key(text s, std::size_t, error_code&) {
    key_.append(s.data(), s.size());
    keys_.push_back(std::move(key_));
    key_.clear();
    stack_.push_key(s);
    return true;
  }
  bool on_string_part(text s, std::size_t, error_code&) {
    stack_.push_chars(s);
    return true;
  }
  bool on_string(text s, std::size_t, error_code&) {
    stack_.push_string(s);
    return true;
  }
  bool on_number_part(text, error_code&) { return true; }
  bool on_int64(std::int64_t i, text, error_code&) {
    stack_.push_int64(i);
    return true;
  }
  bool on_uint64(std::uint64_t u, text, error_code&) {
    stack_.push_uint64(u);
    return true;
  }
  bool on_double(double d, text, error_code&) {
    stack_.push_double(d);
    return true;
  }
  bool on_bool(bool b, error_code&) {
    stack_.push_bool(b);
    return true;
  }
  bool on_null(error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(text, error_code&) { return true; }
  bool on_comment(text, error_code&) { return true; }

 private:
  bool all_differ(error_code& ec) {
    const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(objects_.back());
    std::sort(begin, keys_.end());
    const auto twice = std::adjacent_find(begin, keys_.end());
    if (twice != keys_.end()) {
      repeated_ = *twice;
      ec = json::error::syntax;
      return false;
    }
    keys_.erase(begin, keys_.end());
    objects_.pop_back();
    return true;
  }

  std::array<unsigned char, 1024> work_;  // on the stack, until more is needed
  json::value_stack stack_;
  std::string key_;
  std::vector<std::string> keys_;     // of all open objects
  std::vector<std::size_t> objects_;  // start of each one's keys
  std::optional<std::string> repeated_;
};

problem malformed(std::string detail, std::string field = {}) {
  return {code::malformed_json, std::move(detail), std::move(field), {}, {}};
}

}  // namespace

result<json::object> parse_object(std::string_view body, json::storage_ptr memory) {
  json::parse_options options;
  options.max_depth = json_depth;
  json::basic_parser<strict_handler> parser(options, memory);
  error_code ec;
  const std::size_t read = parser.write_some(false, body.data(), body.size(), ec);
  if (const auto& name = parser.handler().repeated())
    return malformed("the member \"" + *name + "\" is given twice; give it once", *name);
  if (ec) {
    return malformed("the body is not valid JSON: " + ec.message() + " at byte " +
                     std::to_string(read));
  }
  if (read < body.size()) return malformed("the body must end after the JSON object");
  json::value v = parser.handler().release();
  if (!v.is_object()) return malformed("the body must be a JSON object");
  return std::move(v.get_object());
}

}  // namespace bank::api
