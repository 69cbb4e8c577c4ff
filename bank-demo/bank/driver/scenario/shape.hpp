#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bank/driver/problem.hpp"
#include "bank/driver/scenario/located_json.hpp"
#include "bank/driver/scenario/text_formats.hpp"

namespace bank::driver {

/// What may stand in a place of a JSON file, as a value. The check of a file and the JSON Schema
/// that editors read are both made from it, so that they can't disagree.
struct shape {
  enum class kind : std::uint8_t { text, integer, number, boolean, object, list, either };
  struct member;

  kind what = kind::text;
  std::string about;                    ///< what it says; for the schema
  double least = 0;                     ///< of an integer or number; items of a list
  double most = 0;                      ///< of an integer or number
  const text_format* format = nullptr;  ///< of a text
  std::vector<std::string> choices;     ///< of a text; none: any
  std::vector<member> members;          ///< of an object
  std::vector<std::string> required;    ///< members that must be there
  std::vector<std::string> one_of;      ///< exactly one of these members must be there
  /// Where the first member is, the second must be too.
  std::vector<std::pair<std::string, std::string>> needs;
  std::vector<shape> parts;  ///< of a list: its items; of either: one for each kind of value

  // Makers, for tables that read like the file they describe.
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

/// The first thing in `value` that is not as the shape has it: "FILE:LINE: WHAT".
maybe_problem check_shape(const located_value& value, const shape& s, const std::string& file);

/// The same as JSON Schema (draft 2020-12).
boost::json::object to_schema(const shape& s);

}  // namespace bank::driver
