#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bank/json/document.hpp"
#include "bank/json/object_writer.hpp"

namespace bank::json {

/// A format of texts.
struct text_format {
  const char* must;     ///< "must be like \"200ms\""
  const char* pattern;  ///< ECMAScript, as in JSON Schema
  bool (*accepts)(std::string_view);
};

/// A rule for a text. Lengths count characters, not bytes.
struct text_rule {
  std::size_t longest = 128;
  bool may_be_empty = false;
  bool line_breaks = false;  ///< and tabs; other control characters are never allowed
};
/// How the text breaks the rule, as the end of a sentence; nothing if it follows it.
std::optional<std::string> broken_by(std::string_view text, const text_rule& rule);

/// The allowed values at one place of a document: a table of fields. Check, error texts and JSON
/// Schema are made from it, so that they agree.
struct shape {
  enum class kind : std::uint8_t {
    text,
    integer,
    number,
    boolean,
    object,
    map,  ///< an object with any members, all of one shape
    list,
    either,
    anything,
  };
  struct member;

  kind what = kind::text;
  std::string about;  ///< description, for the schema and for errors
  double least = 0;   ///< of an integer or number; fewest items of a list, characters of a text
  double most = 0;    ///< of an integer or number; most members of a map
  std::optional<text_rule> rule;        ///< of a text; of a map's keys
  const text_format* format = nullptr;  ///< of a text
  std::vector<std::string> choices;     ///< of a text; none: any
  std::vector<member> members;          ///< of an object
  std::vector<std::string> required;    ///< members that must be present
  std::vector<std::string> one_of;      ///< exactly one of these members must be present
  /// If the first member is present, the second must be, too.
  std::vector<std::pair<std::string, std::string>> needs;
  std::vector<shape> parts;  ///< of a list or map: its items; of either: one for each kind of value

  // Functions to build tables that read like the file they describe.
  static shape any_text(std::string about = {}, double least = 1);
  static shape text_by(const text_rule& rule, std::string about = {});
  static shape text_like(const text_format& f, std::string about = {});
  static shape choice(std::vector<std::string> of, std::string about = {});
  static shape whole(double least, double most, std::string about = {});
  static shape real(double least, double most, std::string about = {});
  static shape yes_or_no(std::string about = {});
  static shape list_of(shape item, double least, std::string about);
  static shape either_of(std::vector<shape> parts, std::string about);
  static shape object_of(std::vector<member> members, std::string about = {});
  static shape map_of(const text_rule& keys, shape item, double most);
  static shape anything(std::string about = {});

  shape&& requiring(std::vector<std::string> names) &&;
  shape&& requiring_one_of(std::vector<std::string> names) &&;
  shape&& where_needs(std::string first, std::string second) &&;

  /// Is it allowed? For the kinds that are not made of others.
  bool takes(bool) const noexcept { return what == kind::boolean; }
  bool takes(std::int64_t i) const noexcept;
  bool takes(double n) const noexcept;
  bool takes(std::string_view text) const noexcept;
  bool takes(const json::value& v) const noexcept;
  /// What is allowed, after "must be": "an integer from 1 to 256".
  std::string expected() const;
};

struct shape::member {
  std::string name;
  shape value;
};

/// What breaks a shape, and how.
struct violation {
  enum class kind : std::uint8_t { value, unknown, missing };

  kind what = kind::value;
  const json::value* where = nullptr;  ///< the value; of a missing member its object
  std::string path;  ///< of that value: "phases[].duration"; empty: the whole document
  /// "must be an integer from 1 to 10, not 0"; of an unknown member the allowed ones; of a missing
  /// one its name.
  std::string rule;
  std::string about;  ///< of a missing member
};

enum class nulls : std::uint8_t { refused, absent };
/// The first violation in the document's order; nothing if all is allowed. `n`: whether a member
/// may be null instead of missing.
std::optional<violation> check(const json::value& v, const shape& s, nulls n = nulls::refused);

/// The value, short enough for a sentence.
std::string shown(const json::value& v);

/// Writes the members of the shape's JSON Schema (draft 2020-12).
void append_schema(object_writer& to, const shape& s);

}  // namespace bank::json
