#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "driver/problem.hpp"
#include "driver/scenario/located_json.hpp"
#include "driver/scenario/text_formats.hpp"

namespace bank::driver {

/// The allowed values at one place of a JSON file. Both the check of a file and the JSON Schema for
/// editors are made from it, so that they agree.
struct shape {
  enum class kind : std::uint8_t { text, integer, number, boolean, object, list, either };
  struct member;

  kind what = kind::text;
  std::string about;                    ///< description, for the schema and for errors
  double least = 0;                     ///< of an integer or number; fewest items of a list
  double most = 0;                      ///< of an integer or number
  const text_format* format = nullptr;  ///< of a text
  std::vector<std::string> choices;     ///< of a text; none: any
  std::vector<member> members;          ///< of an object
  std::vector<std::string> required;    ///< members that must be present
  std::vector<std::string> one_of;      ///< exactly one of these members must be present
  /// If the first member is present, the second must be, too.
  std::vector<std::pair<std::string, std::string>> needs;
  std::vector<shape> parts;  ///< of a list: its items; of either: one for each kind of value

  // Functions to build tables that read like the file they describe.
  static shape any_text(std::string about);
  static shape text_like(const text_format& f, std::string about);
  static shape choice(std::vector<std::string> of, std::string about);
  static shape whole(double least, double most, std::string about);
  static shape real(double least, double most, std::string about);
  static shape yes_or_no(std::string about);
  static shape list_of(shape item, double least, std::string about);
  static shape either_of(std::vector<shape> parts, std::string about);
  static shape object_of(std::vector<member> members, std::string about);

  shape&& requiring(std::vector<std::string> names) &&;
  shape&& requiring_one_of(std::vector<std::string> names) &&;
  shape&& where_needs(std::string first, std::string second) &&;
};

struct shape::member {
  std::string name;
  shape value;
};

/// The first error in `value`: "FILE:LINE: WHAT".
maybe_problem check_shape(const located_value& value, const shape& s, const std::string& file);

/// The shape as JSON Schema (draft 2020-12).
boost::json::object to_schema(const shape& s);

}  // namespace bank::driver
