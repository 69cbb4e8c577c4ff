#pragma once

#include <cmath>
#include <concepts>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "bank/api/json/write.hpp"

namespace bank::api {

/// Writes an object, member by member, to the end of a string; its destructor closes it.
class object_writer {
 public:
  explicit object_writer(std::string& out) : out_(out) { out_ += '{'; }
  object_writer(const object_writer&) = delete;
  object_writer& operator=(const object_writer&) = delete;
  ~object_writer() { out_ += '}'; }

  void text(std::string_view name, std::string_view value) { append_string(member(name), value); }
  template <std::integral T>
  void number(std::string_view name, T value) {
    append_integer(member(name), static_cast<std::int64_t>(value));
  }
  /// With three decimal places.
  void real(std::string_view name, double value) {
    char digits[32];
    const int n = std::snprintf(digits, sizeof digits, "%.3f", std::isfinite(value) ? value : 0.0);
    member(name).append(digits, static_cast<std::size_t>(n));
  }
  void flag(std::string_view name, bool value) { member(name) += value ? "true" : "false"; }
  void time(std::string_view name, lifeline::wall_time t) { append_time(member(name), t); }
  void null(std::string_view name) { member(name) += "null"; }
  /// The value is JSON already.
  void raw(std::string_view name, std::string_view json) { member(name) += json; }
  /// A nested object: `fill(object_writer&)`.
  template <class F>
  void object(std::string_view name, F fill) {
    object_writer inner(member(name));
    fill(inner);
  }
  /// A nested list: `fill(object_writer&, row)` for each.
  template <class Rows, class F>
  void list(std::string_view name, const Rows& rows, F fill) {
    std::string& out = member(name);
    out += '[';
    bool first = true;
    for (const auto& row : rows) {
      if (!std::exchange(first, false)) out += ',';
      object_writer inner(out);
      fill(inner, row);
    }
    out += ']';
  }

 private:
  std::string& member(std::string_view name) {
    if (!std::exchange(first_, false)) out_ += ',';
    append_string(out_, name);
    out_ += ':';
    return out_;
  }

  std::string& out_;
  bool first_ = true;
};

}  // namespace bank::api
