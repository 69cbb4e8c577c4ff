#pragma once

#include <boost/json/object.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "bank/api/http/problem.hpp"
#include "lifeline/ledger/money.hpp"
#include "lifeline/ledger/uuid.hpp"
#include "lifeline/time/clock.hpp"

namespace bank::api {

/// A rule for a text. Lengths count characters, not bytes.
struct text_rule {
  std::size_t longest = 128;
  bool may_be_empty = false;
  bool line_breaks = false;  ///< and tabs; other control characters are never allowed
};
/// How the text breaks the rule, as the end of a sentence; nothing if it follows it.
std::optional<std::string> broken_by(std::string_view text, const text_rule& rule);

/// Reads the fields of a body one by one and remembers the first invalid one. After an invalid one
/// the returned values are placeholders: check `failed` before using any.
class fields {
 public:
  /// Members that are not in `known` are invalid.
  fields(const boost::json::object& body, std::initializer_list<std::string_view> known);

  // A null member counts as absent.
  std::optional<std::string> text(std::string_view name, const text_rule& rule);
  std::string required_text(std::string_view name, const text_rule& rule);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::int64_t required_integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<bool> boolean(std::string_view name);
  std::optional<lifeline::ledger::uuid> id(std::string_view name);
  /// RFC 3339, with any offset.
  std::optional<lifeline::wall_time> time(std::string_view name);
  lifeline::ledger::currency currency(std::string_view name);
  /// An object of strings, as canonical JSON; "{}" if absent.
  std::string metadata(std::string_view name);

  void fail(std::string_view name, std::string detail);
  /// As `fail`, with the value that breaks the rule: "must be X, not VALUE".
  void refuse(std::string_view name, std::string rule);
  bool failed() const noexcept { return first_.has_value(); }
  problem first_problem() { return std::move(*first_); }

 private:
  const boost::json::value* find(std::string_view name) const;

  const boost::json::object& body_;
  std::optional<problem> first_;
};

}  // namespace bank::api
