#pragma once

#include <cmath>
#include <concepts>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bank/json/write.hpp"

namespace bank::json {

/// Writes an object, member by member, to the end of a string; its destructor closes it.
class object_writer {
 public:
  /// With an `indent`, each member gets a line of its own.
  explicit object_writer(std::string& out, std::size_t indent = 0) : out_(out), indent_(indent) {
    out_ += '{';
  }
  object_writer(const object_writer&) = delete;
  object_writer& operator=(const object_writer&) = delete;
  ~object_writer() {
    if (indent_ > 0 && !first_) out_.append(1, '\n').append(indent_ - indent_step, ' ');
    out_ += '}';
  }

  void text(std::string_view name, std::string_view value) { append_string(member(name), value); }
  template <std::integral T>
  void number(std::string_view name, T value) {
    append_integer(member(name), static_cast<std::int64_t>(value));
  }
  void number(std::string_view name, double value) { append_real(member(name), value); }
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
    object_writer inner(member(name), deeper());
    fill(inner);
  }
  /// A nested list of objects: `fill(object_writer&, row)` for each.
  template <class Rows, class F>
  void list(std::string_view name, const Rows& rows, F fill) {
    values(name, rows, [&](std::string& out, const auto& row) {
      object_writer inner(out, deeper());
      fill(inner, row);
    });
  }
  void texts(std::string_view name, const std::vector<std::string>& all) {
    values(name, all, append_string);
  }
  /// A nested list: `append(std::string&, row)` writes each item.
  template <class Rows, class F>
  void values(std::string_view name, const Rows& rows, F append) {
    std::string& out = member(name);
    out += '[';
    bool first = true;
    for (const auto& row : rows) {
      if (!std::exchange(first, false)) out += ',';
      append(out, row);
    }
    out += ']';
  }

 private:
  std::string& member(std::string_view name) {
    if (!std::exchange(first_, false)) out_ += ',';
    if (indent_ > 0) out_.append(1, '\n').append(indent_, ' ');
    append_string(out_, name);
    out_ += indent_ > 0 ? ": " : ":";
    return out_;
  }
  std::size_t deeper() const noexcept { return indent_ > 0 ? indent_ + indent_step : 0; }

  static constexpr std::size_t indent_step = 2;

  std::string& out_;
  const std::size_t indent_;
  bool first_ = true;
};

}  // namespace bank::json
