#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "driver/problem.hpp"

namespace bank::driver {

/// A JSON value with its line number for error texts. Members keep their order.
struct located_value {
  struct null {};
  using array = std::vector<located_value>;
  struct member;
  using object = std::vector<member>;

  std::size_t line = 0;
  std::variant<null, bool, std::int64_t, double, std::string, array, object> value;

  const object* as_object() const noexcept { return std::get_if<object>(&value); }
  const array* as_array() const noexcept { return std::get_if<array>(&value); }
  const std::string* as_string() const noexcept { return std::get_if<std::string>(&value); }
  /// The object's member of that name; null if it is missing or this is not an object.
  const located_value* find(std::string_view key) const noexcept;
  const std::int64_t* as_integer() const noexcept { return std::get_if<std::int64_t>(&value); }
};

struct located_value::member {
  std::string key;
  located_value value;
};

/// Reads JSON; comments are allowed, duplicate keys are refused. `name` names the text in errors:
/// "NAME:LINE: WHAT".
result<located_value> parse_located_json(std::string_view text, const std::string& name);

}  // namespace bank::driver
